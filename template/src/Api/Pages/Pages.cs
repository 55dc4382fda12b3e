using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ProdReady.Application;

namespace ProdReady.Api;

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
        links.MapFile("/confirm-email", "confirm-email.html", "text/html; charset=utf-8");
        links.MapFile("/reset-password", "reset-password.html", "text/html; charset=utf-8");
        links.MapFile("/confirm-email-change", "confirm-email-change.html", "text/html; charset=utf-8");

        pages.MapFile("/pages/page.css", "page.css", "text/css; charset=utf-8");
        pages.MapFile("/pages/page.js", "page.js", "text/javascript; charset=utf-8");
    }

    /// <summary>Serves a file of these, under a policy that lets it do nothing else.</summary>
    public static void MapFile(this RouteGroupBuilder pages, string path, string file, string contentType)
    {
        // They are a part of the program, and so there whatever folder it is started in.
        using var stream = typeof(Pages).Assembly.GetManifestResourceStream($"pages/{file}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(content).AsSpan(0, 8))}\"");

        pages.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.CacheControl = "no-cache";

            return TypedResults.Bytes(content, contentType, entityTag: tag);
        });
    }
}
