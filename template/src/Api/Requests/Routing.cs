namespace ProdReady.Api.Requests;

internal static class Routing
{
    private static readonly object IsHead = new();

    /// <summary>
    /// Finds the endpoint; for HEAD that of GET, of whose answer Kestrel sends no body. A Location that names a path of
    /// the app gets the path of App:PublicUrl in front, which a proxy has removed from the request.
    /// </summary>
    public static void UseRouting(this WebApplication app)
    {
        var prefix = app.Services.GetRequiredService<IOptions<AppOptions>>().Value.PublicUrl.AbsolutePath.TrimEnd('/');

        app.Use((context, next) =>
        {
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Items[IsHead] = true;
                context.Request.Method = HttpMethods.Get;
            }

            // When the answer starts, so that idempotency stores the Location without the prefix.
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers.Location = headers.Location is [['/', ..] path] ? prefix + path : headers.Location;

                return Task.CompletedTask;
            });

            return next(context);
        });

        EndpointRoutingApplicationBuilderExtensions.UseRouting(app);

        // The other stages see the method that was sent: no file is read for HEAD.
        app.Use((context, next) =>
        {
            context.Request.Method = context.Items.ContainsKey(IsHead) ? HttpMethods.Head : context.Request.Method;

            return next(context);
        });
    }
}
