using Microsoft.EntityFrameworkCore;

namespace ProdReady.Application.Accounts.Sessions;

internal sealed class EndSession(IAppDbContext db, ILiveSessions liveSessions, SecurityEvents events)
{
    /// <returns>False where the user has no such session.</returns>
    public async Task<bool> Handle(Guid userId, Guid sessionId, CancellationToken ct)
    {
        var ended = await db.Sessions
            .Where(session => session.Id == sessionId && session.UserId == userId)
            .ExecuteDeleteAsync(ct);
        if (ended == 0)
        {
            return false;
        }

        liveSessions.Forget(userId);
        events.SessionEnded(userId, sessionId);

        return true;
    }
}
