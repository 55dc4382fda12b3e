namespace ProdReady.Api.Errors;

internal static class UnknownRoutes
{
    /// <summary>
    /// Answers requests without an endpoint with 404, 405 or 415. Without it, the fallback policy of authorization
    /// would answer 401 to every misspelt address.
    /// </summary>
    public static void UseUnknownRoutes(this WebApplication app) => app.Use(async (context, next) =>
    {
        switch (context.GetEndpoint())
        {
            case RouteEndpoint:
                await next(context);
                break;

            // The endpoint that routing selects where the path matches and the method or content type does not.
            case { RequestDelegate: { } refuse }:
                await refuse(context);
                break;

            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    });
}
