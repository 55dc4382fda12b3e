using ProdReady.Application.Files;

namespace ProdReady.Application.Tickets;

internal sealed class RemoveAttachment(IAppDbContext db, UserFiles files)
{
    /// <returns>False if the user has no such attachment.</returns>
    public async Task<bool> Handle(Guid ownerId, Guid ticketId, Guid id, CancellationToken ct)
    {
        var attachment = await db.Attachments
            .SingleOrDefaultAsync(a => a.Id == id && a.TicketId == ticketId && a.OwnerId == ownerId, ct);
        if (attachment is null)
        {
            return false;
        }

        db.Attachments.Remove(attachment);
        if (await db.TrySaveChangesAsync(ct))
        {
            await files.Remove([attachment]);
        }

        // Also true if a concurrent request deleted it: DELETE is idempotent.
        return true;
    }
}
