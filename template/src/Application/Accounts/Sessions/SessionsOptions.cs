using System.ComponentModel.DataAnnotations;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts.Sessions;

internal sealed class SessionsOptions
{
    public const string Section = "Sessions";

    /// <summary>A session that is not refreshed for so long is over.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromDays(14);

    /// <summary>However busy a session is, after so long the password is asked for again.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan AbsoluteLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>
    /// How long the token just replaced is still answered, with its successor: parallel tabs and lost answers would
    /// sign the user out otherwise.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RefreshGrace { get; init; } = TimeSpan.FromSeconds(30);
}

internal static class AliveSessions
{
    /// <summary>The sessions that are good: neither idle nor too old, of users that are not disabled.</summary>
    public static IQueryable<Session> Alive(this IAppDbContext db, SessionsOptions options, DateTimeOffset now)
    {
        var idleSince = now - options.IdleTimeout;

        return db.Sessions.Where(session =>
            session.RefreshedAt > idleSince
            && session.ExpiresAt > now
            && db.Users.Any(user => user.Id == session.UserId && user.DisabledAt == null));
    }
}
