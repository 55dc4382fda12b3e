using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ProdReady.Application;

namespace ProdReady.Api.Edge;

/// <summary>Which front ends elsewhere may call from a browser (CORS): none, unless the settings name them.</summary>
internal static class CrossOrigin
{
    // Browsers hide all other headers of an answer from scripts.
    private static readonly string[] Exposed =
        ["ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"];

    private static readonly string[] Allowed =
        ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"];

    // So long a browser need not ask again whether it may. None remembers it for more than two hours.
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    public static void AddCrossOrigin(this IServiceCollection services)
    {
        services.AddSettings<CrossOriginOptions>(CrossOriginOptions.Section);
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<CrossOriginOptions>>((cors, settings) =>
            // Without credentials: there are no cookies, and the access token is a header that scripts set.
            cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. settings.Value.AllowedOrigins])
                .WithHeaders(Allowed)
                .WithExposedHeaders(Exposed)
                .AllowAnyMethod()
                .SetPreflightMaxAge(Remembered)));
    }

    /// <summary>
    /// Tells browsers that the origin may read the answer, whatever that is, and answers the preflights in which they
    /// ask beforehand.
    /// </summary>
    public static void UseCrossOrigin(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<CrossOriginOptions>>().Value.AllowedOrigins.Count == 0)
        {
            return;
        }

        app.Use((context, next) =>
        {
            // On every answer: a cache must not give to one origin what it has kept for another, or for none. The
            // framework says so only where it has let one of several in.
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                if (!headers.Vary.Contains(HeaderNames.Origin))
                {
                    headers.Append(HeaderNames.Vary, HeaderNames.Origin);
                }

                return Task.CompletedTask;
            });

            return next(context);
        });

        app.UseCors();
    }
}

internal sealed class CrossOriginOptions : IValidatableObject
{
    public const string Section = "Cors";

    /// <summary>The origins of front ends elsewhere: https://shop.example, exactly as browsers send them.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        for (var i = 0; i < AllowedOrigins.Count; i++)
        {
            if (!IsOrigin(AllowedOrigins[i]))
            {
                yield return new ValidationResult(
                    $"{Section}:AllowedOrigins:{i} must be one origin such as https://shop.example, in lower case, "
                    + "without *, path, slash at the end or the port that goes without saying.");
            }
        }
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
        && uri.UserInfo.Length == 0
        && uri.GetLeftPart(UriPartial.Authority) == text;
}
