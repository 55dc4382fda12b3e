namespace ProdReady.Application.Accounts.Sessions;

internal sealed class EndSession(IAppDbContext db, IActiveSessions sessions, SecurityEvents events)
{
    /// <returns>False if the user has no such session.</returns>
    public async Task<bool> Handle(Guid userId, Guid sessionId, CancellationToken ct)
    {
        var ended = await db.Sessions
            .Where(session => session.Id == sessionId && session.UserId == userId)
            .ExecuteDeleteAsync(ct);
        if (ended == 0)
        {
            return false;
        }

        sessions.Invalidate(userId);
        events.SessionEnded(userId, sessionId);

        return true;
    }
}
