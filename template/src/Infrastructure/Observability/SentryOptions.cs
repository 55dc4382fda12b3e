using System.ComponentModel.DataAnnotations;

namespace ProdReady.Infrastructure.Observability;

internal sealed class SentryOptions : IValidatableObject
{
    public const string Section = "Sentry";

    /// <summary>The address of the project at Sentry, as its settings show it. Empty: errors are only logged.</summary>
    public string Dsn { get; init; } = "";

    /// <summary>Empty: the environment that the app runs in.</summary>
    public string Environment { get; init; } = "";

    /// <summary>Empty: the version of the build.</summary>
    public string Release { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        var isDsn = Uri.TryCreate(Dsn, UriKind.Absolute, out var dsn)
            && (dsn.Scheme == Uri.UriSchemeHttps || dsn.Scheme == Uri.UriSchemeHttp)
            && dsn.UserInfo.Length > 0
            && dsn.AbsolutePath.Trim('/').Length > 0;
        if (Dsn.Length > 0 && !isDsn)
        {
            yield return new ValidationResult(
                $"{Section}:Dsn must be the DSN of a project at Sentry, such as https://key@sentry.example/1.");
        }
    }
}
