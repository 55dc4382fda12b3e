using Microsoft.EntityFrameworkCore;

namespace ProdReady.Application.Accounts.Sessions;

internal sealed class EndOtherSessions(IAppDbContext db, ILiveSessions liveSessions, SecurityEvents events)
{
    public async Task Handle(Guid userId, Guid current, CancellationToken ct)
    {
        await db.Sessions
            .Where(session => session.UserId == userId && session.Id != current)
            .ExecuteDeleteAsync(ct);

        liveSessions.Forget(userId);
        events.OtherSessionsEnded(userId);
    }
}
