namespace ProdReady.Api;

internal static class SecurityHeaders
{
    /// <summary>
    /// Tells browsers to do nothing with an answer but read it. First in the pipeline, so that errors carry them too.
    /// </summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use(async (context, next) =>
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";

        await next(context);
    });

    /// <summary>For answers that no cache may keep: tokens and personal data.</summary>
    public static RouteGroupBuilder WithoutCaching(this RouteGroupBuilder group) =>
        group.AddEndpointFilter(async (invocation, next) =>
        {
            invocation.HttpContext.Response.Headers.CacheControl = "no-store";

            return await next(invocation);
        });
}
