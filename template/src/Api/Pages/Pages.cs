using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ProdReady.Api.Edge;
using ProdReady.Application;

namespace ProdReady.Api.Pages;

internal static class Pages
{
    // All that a page here may do: its own script and style, and calls to the app that serves it.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The pages behind mailed links. A front end elsewhere brings its own, and turns these off.</summary>
    public static void MapPages(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<AppOptions>>().Value.ServePages)
        {
            return;
        }

        var pages = app.MapGroup("").AllowAnonymous().ExcludeFromDescription();

        // A link carries a token, so no cache keeps these.
        var links = pages.MapGroup("").WithoutCaching();
        links.MapFile("/confirm-email", "Api/Pages/confirm-email.html", "text/html; charset=utf-8");
        links.MapFile("/reset-password", "Api/Pages/reset-password.html", "text/html; charset=utf-8");
        links.MapFile("/confirm-email-change", "Api/Pages/confirm-email-change.html", "text/html; charset=utf-8");

        pages.MapFile("/pages/page.css", "Api/Pages/page.css", "text/css; charset=utf-8");
        pages.MapFile("/pages/page.js", "Api/Pages/page.js", "text/javascript; charset=utf-8");
    }

    /// <summary>Serves a file of these, under a policy that lets it do nothing else.</summary>
    public static void MapFile(this RouteGroupBuilder pages, string path, string file, string contentType)
    {
        var served = Load(file);

        pages.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.CacheControl = "no-cache";
            var (content, tag) = EmbeddedFile.CanChange ? Load(file) : served;

            return TypedResults.Bytes(content, contentType, entityTag: tag);
        });
    }

    private static (byte[] Content, EntityTagHeaderValue Tag) Load(string file)
    {
        var content = EmbeddedFile.Read(file);
        var hash = System.Security.Cryptography.SHA256.HashData(content).AsSpan(0, 8);

        return (content, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(hash)}\""));
    }
}
