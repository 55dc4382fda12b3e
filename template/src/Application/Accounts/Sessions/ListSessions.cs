namespace ProdReady.Application.Accounts.Sessions;

/// <summary>A session: one signed-in device.</summary>
/// <param name="Id">The id of the session.</param>
/// <param name="CreatedAt">When the session started, UTC.</param>
/// <param name="LastUsedAt">When its tokens were last refreshed, UTC.</param>
/// <param name="IpAddress">The IP address at the last refresh.</param>
/// <param name="UserAgent">The User-Agent header at the last refresh. It is not verified.</param>
/// <param name="Current">Whether it is the session that sends this request.</param>
/// <example>
/// {
///   "id": "019a1f3c-9a10-7c22-8d6e-0b7f5e2a9c41",
///   "createdAt": "2026-03-14T09:26:53.589793Z",
///   "lastUsedAt": "2026-03-15T07:00:01.250000Z",
///   "ipAddress": "203.0.113.7",
///   "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
///   "current": true
/// }
/// </example>
internal sealed record SessionResponse(
    Guid Id, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, string? IpAddress, string? UserAgent, bool Current);

internal sealed class ListSessions(IAppDbContext db, IOptions<SessionsOptions> options, TimeProvider clock)
{
    // A bound on the response: a script that signs in for each run leaves thousands of sessions.
    public const int Max = 100;

    public async Task<IReadOnlyList<SessionResponse>> Handle(Guid userId, Guid current, CancellationToken ct) =>
        await db.ActiveSessions(options.Value, clock.Now())
            .Where(session => session.UserId == userId)
            .OrderByDescending(session => session.RefreshedAt)
            .Take(Max)
            .Select(session => new SessionResponse(
                session.Id,
                session.CreatedAt,
                session.RefreshedAt,
                session.IpAddress,
                session.UserAgent,
                session.Id == current))
            .ToListAsync(ct);
}
