using Microsoft.EntityFrameworkCore;
using ProdReady.Application.Files;

namespace ProdReady.Application.Tickets;

internal sealed class RemoveAttachment(IAppDbContext db, UserFiles files)
{
    /// <returns>False where there is no such attachment.</returns>
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
            await files.Remove([attachment], ct);
        }

        // Or somebody else has removed it at the same moment; gone it is.
        return true;
    }
}
