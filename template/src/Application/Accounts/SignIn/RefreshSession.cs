using FluentValidation;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.SignIn;

/// <summary>Asks for new tokens.</summary>
/// <param name="RefreshToken">The newest one of the session.</param>
/// <example>{ "refreshToken": "the-refresh-token-of-your-session" }</example>
internal sealed record RefreshRequest(string RefreshToken);

internal sealed class RefreshValidator : AbstractValidator<RefreshRequest>
{
    public RefreshValidator() => RuleFor(request => request.RefreshToken).NotEmpty().PlainText(500);
}

internal sealed class RefreshSession(
    IAppDbContext db,
    ITokens tokens,
    ILiveSessions liveSessions,
    IOptions<SessionsOptions> options,
    SecurityEvents events,
    TimeProvider clock)
{
    /// <returns>Null where the token is not, or no longer, good.</returns>
    public async Task<TokenResponse?> Handle(RefreshRequest request, Device device, CancellationToken ct)
    {
        var token = tokens.ReadRefreshToken(request.RefreshToken);
        if (token is null)
        {
            return null;
        }

        var now = clock.Now();
        var alive = db.Alive(options.Value, now).Where(session => session.Id == token.SessionId);

        // One conditional update decides who rotates, however many calls arrive at once and on however many instances.
        var successor = token.Generation + 1;
        var rotated = await alive
            .Where(session => session.Generation == token.Generation)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(session => session.Generation, successor)
                    .SetProperty(session => session.RefreshedAt, now)
                    .SetProperty(session => session.IpAddress, device.IpAddress)
                    .SetProperty(session => session.UserAgent, device.UserAgent),
                ct);

        var found = await alive.AsNoTracking()
            .Join(db.Users, session => session.UserId, user => user.Id, (session, user) => new { session, user })
            .SingleOrDefaultAsync(ct);
        if (found is null)
        {
            return null;
        }

        // Whoever came second, or lost the answer, gets the same successor, as long as it is fresh.
        var isFresh = rotated == 1 || found.session.RefreshedAt > now - options.Value.RefreshGrace;
        if (found.session.Generation == successor && isFresh)
        {
            return tokens.Issue(found.user, token.SessionId, successor);
        }

        // The token was replaced before: one of the two who have it is a thief. Nobody can tell which, so both are out.
        if (found.session.Generation > token.Generation)
        {
            await db.Sessions.Where(session => session.Id == token.SessionId).ExecuteDeleteAsync(ct);
            liveSessions.Forget(found.user.Id);
            events.RefreshTokenReused(found.user.Id, token.SessionId);
        }

        return null;
    }
}
