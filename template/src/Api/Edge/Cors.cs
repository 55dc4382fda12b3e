using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Net.Http.Headers;

namespace ProdReady.Api.Edge;

/// <summary>Which other origins may call the API from a browser: none, unless Cors:AllowedOrigins lists them.</summary>
internal static class Cors
{
    // Browsers hide all other response headers from scripts.
    private static readonly string[] Exposed =
    [
        "Accept-Ranges", "Content-Disposition", "Content-Range", "ETag", "Idempotency-Replayed", "Location",
        "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate",
    ];

    // Those of tracing too: Sentry and OpenTelemetry add them to every call, and the browser refuses the whole call for
    // one header that is not allowed.
    private static readonly string[] Allowed =
    [
        "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Range", "X-Requested-With",
        "baggage", "sentry-trace", "traceparent", "tracestate",
    ];

    // How long a browser may cache a preflight response; Chromium caps it at two hours.
    private static readonly TimeSpan PreflightMaxAge = TimeSpan.FromHours(1);

    public static void AddCors(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<CrossOriginOptions>(CrossOriginOptions.Section);
        builder.Services.AddCors();
        builder.Services.AddOptions<CorsOptions>().Configure<IOptions<CrossOriginOptions>>((cors, settings) =>
            // No credentials: there are no cookies, and scripts set the access token as a header.
            cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. settings.Value.AllowedOrigins])
                .WithHeaders([.. Allowed, .. settings.Value.AllowedHeaders])
                .WithExposedHeaders(Exposed)
                .AllowAnyMethod()
                .SetPreflightMaxAge(PreflightMaxAge)));
    }

    /// <summary>Adds the CORS headers to every response to an allowed origin, and answers preflight requests.</summary>
    public static void UseCors(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<CrossOriginOptions>>().Value.AllowedOrigins.Count == 0)
        {
            return;
        }

        app.Use((context, next) =>
        {
            // On every response, so that a cache does not serve the copy of one origin to another. The framework adds
            // Vary only to responses to an allowed origin, and only if several are allowed.
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers.Vary = new([.. headers.Vary.Union([HeaderNames.Origin])]);

                return Task.CompletedTask;
            });

            return next(context);
        });

        CorsMiddlewareExtensions.UseCors(app);
    }
}

internal sealed class CrossOriginOptions : IValidatableObject
{
    public const string Section = "Cors";

    /// <summary>The origins of the front ends, exactly as sent: https://shop.example, capacitor://localhost.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Headers of requests, beyond those that are always allowed.</summary>
    public IReadOnlyList<string> AllowedHeaders { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext context) =>
    [
        .. from origin in AllowedOrigins.Index()
           where !IsOrigin(origin.Item)
           select new ValidationResult(
               $"{Section}:AllowedOrigins:{origin.Index} must be one origin such as https://shop.example, in lower "
               + "case, without *, path, trailing slash or default port."),
        .. from header in AllowedHeaders.Index()
           where header.Item is "" || !header.Item.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
           select new ValidationResult(
               $"{Section}:AllowedHeaders:{header.Index} must be the name of one header such as X-Tenant, without *."),
    ];

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
        && uri.UserInfo.Length == 0
        && uri.GetLeftPart(UriPartial.Authority) == text
        && text == text.ToLowerInvariant();
}
