namespace ProdReady.Application.Tickets;

internal sealed class RemoveAttachment(IAppDbContext db)
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
        await db.TrySaveChangesAsync(ct);

        // Also true if a concurrent request deleted it: DELETE is idempotent.
        return true;
    }
}
