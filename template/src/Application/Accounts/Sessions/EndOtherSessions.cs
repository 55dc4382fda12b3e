namespace ProdReady.Application.Accounts.Sessions;

internal sealed class EndOtherSessions(IAppDbContext db, IActiveSessions sessions, SecurityEvents events)
{
    public async Task Handle(Guid userId, Guid current, CancellationToken ct)
    {
        await db.Sessions
            .Where(session => session.UserId == userId && session.Id != current)
            .ExecuteDeleteAsync(ct);

        sessions.Invalidate(userId);
        events.OtherSessionsEnded(userId);
    }
}
