using FluentValidation;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ProdReady.Application.Auth;

/// <summary>Asks for new tokens.</summary>
/// <param name="RefreshToken">The newest one of the session.</param>
/// <example>{ "refreshToken": "the-refresh-token-of-your-session" }</example>
internal sealed record RefreshRequest(string RefreshToken);

internal sealed class RefreshValidator : AbstractValidator<RefreshRequest>
{
    public RefreshValidator() => RuleFor(request => request.RefreshToken).NotEmpty().PlainText(500);
}

internal sealed class RefreshSession(
    IAppDbContext db, ITokens tokens, IOptions<SessionsOptions> sessions, TimeProvider clock)
{
    /// <returns>Null where the token is not, or no longer, good.</returns>
    public async Task<TokenResponse?> Handle(RefreshRequest request, CancellationToken ct)
    {
        var token = tokens.ReadRefreshToken(request.RefreshToken);
        if (token is null)
        {
            return null;
        }

        var now = clock.Now();
        var idleSince = now - sessions.Value.IdleTimeout;
        var startedBy = now - sessions.Value.AbsoluteLifetime;
        var alive = db.Sessions.Where(session =>
            session.Id == token.SessionId && session.RefreshedAt > idleSince && session.CreatedAt > startedBy);

        // One conditional update decides who rotates, however many calls arrive at once and on however many instances.
        var successor = token.Generation + 1;
        var rotated = await alive
            .Where(session => session.Generation == token.Generation)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(session => session.Generation, successor)
                    .SetProperty(session => session.RefreshedAt, now),
                ct);

        // Who came second, or lost the answer, gets the same successor, as long as it is fresh.
        var graceStart = now - sessions.Value.RefreshGrace;
        var isAnswered = rotated == 1 || await alive.AnyAsync(
            session => session.Generation == successor && session.RefreshedAt > graceStart, ct);
        if (!isAnswered)
        {
            // An older token is in somebody else's hands, or the session is over: either way it ends here.
            await db.Sessions.Where(session => session.Id == token.SessionId).ExecuteDeleteAsync(ct);

            return null;
        }

        var user = await alive
            .Join(db.Users, session => session.UserId, u => u.Id, (_, u) => u)
            .SingleOrDefaultAsync(ct);

        return user is null ? null : tokens.Issue(user, token.SessionId, successor);
    }
}
