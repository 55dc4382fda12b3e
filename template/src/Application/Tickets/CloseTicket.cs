namespace ProdReady.Application.Tickets;

internal sealed class CloseTicket(IAppDbContext db, TimeProvider clock)
{
    public async Task<TicketResponse?> Handle(Guid ownerId, Guid id, IfMatch ifMatch, CancellationToken ct)
    {
        var ticket = await db.Tickets.SingleOrDefaultAsync(t => t.Id == id && t.OwnerId == ownerId, ct);
        if (ticket is null)
        {
            return null;
        }

        ifMatch.Check(ticket.Version);
        ticket.Close(clock.Now());
        await db.SaveChangesAsync(ct);

        return TicketResponse.From(ticket);
    }
}
