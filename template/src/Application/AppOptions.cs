using System.ComponentModel.DataAnnotations;

namespace ProdReady.Application;

internal sealed class AppOptions : IValidatableObject
{
    public const string Section = "App";

    /// <summary>
    /// Where users reach the app; the base of every mailed link. Taken from here and never from the request, whose
    /// Host header belongs to whoever sends it.
    /// </summary>
    [Required(ErrorMessage = "{0} is missing; it is the address where users reach the app.")]
    public Uri PublicUrl { get; init; } = null!;

    /// <summary>Serves the pages that mailed links lead to. Off where a front end at PublicUrl has its own.</summary>
    public bool ServePages { get; init; } = true;

    public Uri LinkTo(string pathAndQuery) => new($"{PublicUrl.AbsoluteUri.TrimEnd('/')}/{pathAndQuery}");

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        var isDevelopment = context.GetRequiredService<IHostEnvironment>().IsDevelopment();
        if (!PublicUrl.IsAbsoluteUri
            || !(PublicUrl.Scheme == Uri.UriSchemeHttps || (isDevelopment && PublicUrl.Scheme == Uri.UriSchemeHttp))
            || (PublicUrl.UserInfo + PublicUrl.Query + PublicUrl.Fragment).Length > 0)
        {
            yield return new ValidationResult(
                $"{Section}:PublicUrl must be an https address such as https://app.example, without a query.");
        }
    }
}
