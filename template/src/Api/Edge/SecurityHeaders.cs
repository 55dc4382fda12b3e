namespace ProdReady.Api.Edge;

internal static class SecurityHeaders
{
    /// <summary>Headers that forbid a browser to sniff content types, run scripts or show frames.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        // OnStarting, because the exception handler clears headers that were set before.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            // Pages and docs set a policy of their own.
            headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.Count > 0
                ? headers.ContentSecurityPolicy
                : "default-src 'none'; frame-ancestors 'none'";

            // UseHsts would lose the header on a 500. Not for localhost: HSTS would break the developer's other apps
            // there that have no https.
            if (context.Request.IsHttps && context.Request.Host.Host != "localhost")
            {
                headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
            }

            var isPrivate = context.GetEndpoint()?.Metadata.GetMetadata<NoCaching>() is not null;
            if (isPrivate || context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        });

        return next(context);
    });

    /// <summary>For tokens and personal data: adds Cache-Control: no-store.</summary>
    public static RouteGroupBuilder WithoutCaching(this RouteGroupBuilder group) => group.WithMetadata(new NoCaching());

    private sealed record NoCaching;
}
