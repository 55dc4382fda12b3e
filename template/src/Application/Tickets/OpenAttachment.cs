using ProdReady.Application.Files;

namespace ProdReady.Application.Tickets;

internal sealed class OpenAttachment(IAppDbContext db, UserFiles files)
{
    /// <returns>Null if the user has no such attachment.</returns>
    public async Task<(Attachment Attachment, Stream Content)?> Handle(
        Guid ownerId, Guid ticketId, Guid id, CancellationToken ct)
    {
        var attachment = await db.Attachments.AsNoTracking()
            .SingleOrDefaultAsync(a => a.Id == id && a.TicketId == ticketId && a.OwnerId == ownerId, ct);

        return attachment is null ? null : (attachment, await files.Open(attachment, ct));
    }
}
