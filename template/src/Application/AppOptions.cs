namespace ProdReady.Application;

internal sealed class AppOptions : IValidatableObject
{
    public const string Section = "App";

    /// <summary>What mails, pages and the OpenAPI document call the product.</summary>
    [Required, MaxLength(100)]
    public string Name { get; init; } = "ProdReady";

    /// <summary>Where users reach the app, the base of mailed links. Clients choose their Host header.</summary>
    [Required(ErrorMessage = "The address where users reach the app is missing.")]
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

internal sealed class RequestsOptions
{
    public const string Section = "Requests";

    /// <summary>Then a request is cancelled, together with its database commands: 504.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest request body, unless a route sets a limit of its own: 413.</summary>
    [Range(typeof(long), "1024", "104857600")]
    public long MaxBodyBytes { get; init; } = 262_144;
}
