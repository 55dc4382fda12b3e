namespace ProdReady.Application.Tickets;

internal sealed class GetTicket(IAppDbContext db)
{
    public async Task<TicketResponse?> Handle(Guid ownerId, Guid id, CancellationToken ct)
    {
        var ticket = await db.Tickets.AsNoTracking().SingleOrDefaultAsync(t => t.Id == id && t.OwnerId == ownerId, ct);

        return ticket is null ? null : TicketResponse.From(ticket);
    }
}
