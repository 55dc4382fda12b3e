using System.ComponentModel.DataAnnotations;

namespace ProdReady.Application.Auth;

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
