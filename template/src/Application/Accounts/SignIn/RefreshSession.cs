using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Application.Accounts.SignIn;

/// <summary>Asks for new tokens.</summary>
/// <param name="RefreshToken">The newest refresh token of the session.</param>
/// <example>{ "refreshToken": "the-refresh-token-of-your-session" }</example>
internal sealed record RefreshRequest(string RefreshToken);

internal sealed class RefreshValidator : AbstractValidator<RefreshRequest>
{
    public RefreshValidator() => RuleFor(request => request.RefreshToken).NotEmpty().PlainText(500);
}

internal sealed class RefreshSession(
    IAppDbContext db,
    ITokens tokens,
    IActiveSessions sessions,
    IOptions<SessionsOptions> options,
    SecurityEvents events,
    TimeProvider clock)
{
    /// <returns>Null if the token is invalid, or if its session has ended.</returns>
    public async Task<TokenResponse?> Handle(RefreshRequest request, Device device, CancellationToken ct)
    {
        var token = tokens.ReadRefreshToken(request.RefreshToken);
        if (token is null)
        {
            return null;
        }

        var now = clock.Now();
        var active = db.ActiveSessions(options.Value, now).Where(session => session.Id == token.SessionId);
        var query = active.AsNoTracking()
            .Join(db.Users, session => session.UserId, user => user.Id, (session, user) => new { session, user });
        var found = await query.SingleOrDefaultAsync(ct);
        var successor = token.Generation + 1;
        // From before the UPDATE: a token that was the newest then is no replay, whatever concurrent calls do since.
        var rotations = found?.session.Generation - token.Generation;
        if (rotations == 0)
        {
            // A conditional UPDATE: of concurrent calls with the same token, on any instance, one rotates it.
            var rotated = await active
                .Where(session => session.Generation == token.Generation)
                .ExecuteUpdateAsync(
                    set => set
                        .SetProperty(session => session.Generation, successor)
                        .SetProperty(session => session.RefreshedAt, now)
                        .SetProperty(session => session.IpAddress, device.IpAddress)
                        .SetProperty(session => session.UserAgent, device.UserAgent),
                    ct);
            if (rotated == 1)
            {
                return tokens.Issue(found!.user, token.SessionId, successor);
            }

            found = await query.SingleOrDefaultAsync(ct);
        }

        // Negative: the database was restored from a backup.
        if (found is null || rotations < 0)
        {
            return null;
        }

        var isRecent = found.session.RefreshedAt > now - options.Value.RefreshGrace;
        var isSameDevice = device.Resembles(new Device(found.session.IpAddress, found.session.UserAgent));
        // After a lost response the successor is unused, however much later the client retries. Once it is used, a
        // grace period is left for parallel tabs.
        if (isSameDevice && (rotations < 2 || (rotations == 2 && isRecent)))
        {
            return tokens.Issue(found.user, token.SessionId, Math.Max(successor, found.session.Generation - 1));
        }

        // A stolen token, and too late: the client that rotated it stays signed in.
        if (!isSameDevice && rotations < 3 && isRecent)
        {
            events.RefreshFromAnotherDevice(found.user.Id, token.SessionId);
        }
        // Reuse of an old token: the client and a thief each hold one, so the session ends for both (RFC 9700).
        else
        {
            await db.Sessions.Where(session => session.Id == token.SessionId).ExecuteDeleteAsync(ct);
            sessions.Invalidate(found.user.Id);
            events.RefreshTokenReused(found.user.Id, token.SessionId);
        }

        return null;
    }
}
