namespace ProdReady.Api.Requests;

internal static class Routing
{
    /// <summary>
    /// Finds the endpoint; for HEAD that of GET, of whose answer Kestrel sends no body. A Location that names a path of
    /// the app gets the path of App:PublicUrl in front, which a proxy has removed from the request. Not where a front
    /// end has that address: the API is elsewhere.
    /// </summary>
    public static void UseRouting(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<AppOptions>>().Value;
        var prefix = options.ServePages ? options.PublicUrl.AbsolutePath.TrimEnd('/') : "";
        app.Use((context, next) =>
        {
            var method = context.Request.Method;
            (context.Items[app], context.Request.Method) = (method, HttpMethods.IsHead(method) ? "GET" : method);
            var headers = context.Response.Headers;
            // When the answer starts: idempotency stores the Location without the prefix.
            context.Response.OnStarting(() =>
            {
                headers.Location = headers.Location is [['/', ..] path] ? prefix + path : headers.Location;
                headers.Allow = headers.Allow is [{ } methods] && !methods.Contains("HEAD")
                    ? methods.Replace("GET", "GET, HEAD")
                    : headers.Allow;

                return Task.CompletedTask;
            });

            return next(context);
        });

        EndpointRoutingApplicationBuilderExtensions.UseRouting(app);

        // The other stages see the method that was sent: no file is read for HEAD.
        app.Use((context, next) =>
        {
            context.Request.Method = (string)context.Items[app]!;

            return next(context);
        });
    }
}
