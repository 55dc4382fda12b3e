namespace ProdReady.Api.Errors;

internal static class UnknownRoutes
{
    /// <summary>
    /// Answers requests for which there is no endpoint, with 404, 405 or 415. After this line every request has one;
    /// without it the fallback policy would answer 401 to each misspelt address.
    /// </summary>
    public static void UseUnknownRoutes(this WebApplication app) => app.Use(async (context, next) =>
    {
        switch (context.GetEndpoint())
        {
            case RouteEndpoint:
                await next(context);
                break;

            // Where the path fits and the method or the content type does not, routing brings an answer of its own.
            case { RequestDelegate: { } answer }:
                await answer(context);
                break;

            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    });
}
