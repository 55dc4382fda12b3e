namespace ProdReady.Api.Edge;

internal static class SecurityHeaders
{
    /// <summary>Tells browsers to do nothing with an answer but read it.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        // At the last moment, because the exception handler clears what was set before.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            // A page that needs more has set its own.
            headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.Count > 0
                ? headers.ContentSecurityPolicy
                : "default-src 'none'; frame-ancestors 'none'";

            // The framework's own middleware loses it on the way to a 500. Like that one it spares localhost, where
            // browsers would then refuse whatever else a developer runs there without https.
            if (context.Request.IsHttps && context.Request.Host.Host != "localhost")
            {
                headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
            }

            var isPersonal = context.GetEndpoint()?.Metadata.GetMetadata<NoCaching>() is not null;
            if (isPersonal || context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        });

        return next(context);
    });

    /// <summary>For answers that no cache may keep: tokens and personal data.</summary>
    public static RouteGroupBuilder WithoutCaching(this RouteGroupBuilder group) => group.WithMetadata(new NoCaching());

    private sealed record NoCaching;
}
