using System.Text.Encodings.Web;
//#if (Sample)
using ProdReady.Api.Demo;
//#endif
using ProdReady.Api.Edge;

namespace ProdReady.Api.Pages;

internal static class Pages
{
    // Only scripts, styles and requests of the same origin.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The pages behind mailed links. A front end with its own pages sets App:ServePages to false.</summary>
    public static void MapPages(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<AppOptions>>().Value.ServePages)
        {
            return;
        }

        var pages = app.MapGroup("").AllowAnonymous().ExcludeFromDescription();

        // The links contain a token, so the responses must not be cached.
        var links = pages.MapGroup("").WithoutCaching();
        links.MapFile("/confirm-email", "Api/Pages/confirm-email.html", "text/html; charset=utf-8");
        links.MapFile("/reset-password", "Api/Pages/reset-password.html", "text/html; charset=utf-8");
        links.MapFile("/confirm-email-change", "Api/Pages/confirm-email-change.html", "text/html; charset=utf-8");

        pages.MapFile("/pages/page.css", "Api/Pages/page.css", "text/css; charset=utf-8");
        pages.MapFile("/pages/page.js", "Api/Pages/page.js", "text/javascript; charset=utf-8");
        pages.MapFile("/pages/fields.js", "Api/Pages/fields.js", "text/javascript; charset=utf-8");
        //#if (Sample)

        pages.MapDemo(app.Environment);
        //#endif
    }

    /// <summary>Serves an embedded file, with the Content-Security-Policy of the pages.</summary>
    public static void MapFile(this RouteGroupBuilder pages, string path, string file, string contentType)
    {
        var services = ((IEndpointRouteBuilder)pages).ServiceProvider;
        var loaded = Read();

        pages.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.CacheControl = "no-cache";
            var content = EmbeddedFile.CanChange ? Read() : loaded;

            return TypedResults.Bytes(content, contentType, entityTag: ETags.Of(content));
        });

        byte[] Read() => Fill(Encoding.UTF8.GetString(EmbeddedFile.Read(file)), services);
    }

    // {app} is the name of the product.
    private static byte[] Fill(string text, IServiceProvider services)
    {
        var name = services.GetRequiredService<IOptions<AppOptions>>().Value.Name;
        //#if (Sample)
        text = text.Replace("{tour}", Demo.Demo.LinkIn(services.GetRequiredService<IHostEnvironment>()));
        //#endif

        return Encoding.UTF8.GetBytes(text.Replace("{app}", HtmlEncoder.Default.Encode(name)));
    }
}
