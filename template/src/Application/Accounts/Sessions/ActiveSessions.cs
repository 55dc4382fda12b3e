namespace ProdReady.Application.Accounts.Sessions;

internal sealed class SessionsOptions
{
    public const string Section = "Sessions";

    /// <summary>A session ends if it is not refreshed for this time.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromDays(14);

    /// <summary>A session ends after this time, even if it is refreshed.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan AbsoluteLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>
    /// A replaced refresh token returns its successor until that is used too, and for this time after it; otherwise
    /// lost responses and parallel tabs would end the session.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RefreshGrace { get; init; } = TimeSpan.FromSeconds(30);
}

internal static class SessionQueries
{
    /// <summary>The sessions that have not expired, of users that are not disabled.</summary>
    public static IQueryable<Session> ActiveSessions(this IAppDbContext db, SessionsOptions options, DateTimeOffset now)
    {
        var idleSince = now - options.IdleTimeout;

        return db.Sessions.Where(session =>
            session.RefreshedAt > idleSince
            && session.ExpiresAt > now
            && db.Users.Any(user => user.Id == session.UserId && user.DisabledAt == null));
    }
}

/// <summary>
/// Tells each authenticated request whether its session is active. An access token is valid until it expires; this
/// check ends it together with its session.
/// </summary>
internal interface IActiveSessions
{
    Task<bool> IsActive(Guid userId, Guid sessionId, CancellationToken ct);

    /// <summary>
    /// Call it after the commit that ended sessions of the user. This instance then reads the database again; other
    /// instances do so within 5 seconds.
    /// </summary>
    void Invalidate(Guid userId);
}
