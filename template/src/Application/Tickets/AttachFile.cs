using ProdReady.Application.Files;

namespace ProdReady.Application.Tickets;

internal sealed class AttachFile(IAppDbContext db, UserFiles files, TimeProvider clock)
{
    /// <returns>Null if the user has no such ticket.</returns>
    public async Task<AttachmentResponse?> Handle(
        Guid ownerId, Guid ticketId, UploadedFile upload, CancellationToken ct)
    {
        if (!await db.Tickets.AnyAsync(ticket => ticket.Id == ticketId && ticket.OwnerId == ownerId, ct))
        {
            return null;
        }

        var (id, fileName, contentType, size, sha256, _) = upload;
        var attachment = Attachment.To(ticketId, ownerId, id, fileName, contentType, size, sha256, clock.Now());
        await files.Keep(attachment, upload, () => RequireRoom(ticketId, ct), ct);

        return AttachmentResponse.From(attachment);
    }

    private async Task RequireRoom(Guid ticketId, CancellationToken ct)
    {
        if (await db.Attachments.CountAsync(a => a.TicketId == ticketId, ct) >= Attachment.MaxPerTicket)
        {
            throw new DomainException($"A ticket may have at most {Attachment.MaxPerTicket} attachments.");
        }
    }
}
