namespace ProdReady.Application.Tickets;

internal sealed class DeleteTicket(IAppDbContext db)
{
    /// <returns>False if the user has no such ticket.</returns>
    public async Task<bool> Handle(Guid ownerId, Guid id, IfMatch ifMatch, CancellationToken ct)
    {
        var ticket = await db.Tickets.SingleOrDefaultAsync(t => t.Id == id && t.OwnerId == ownerId, ct);
        if (ticket is null)
        {
            return false;
        }

        ifMatch.Check(ticket.Version);
        db.Tickets.Remove(ticket);
        await db.SaveChangesAsync(ct);

        return true;
    }
}
