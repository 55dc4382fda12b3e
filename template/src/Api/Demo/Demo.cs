using Microsoft.Extensions.Primitives;
using ProdReady.Api.Errors;
using ProdReady.Api.Pages;
using ProdReady.Application.Email;

namespace ProdReady.Api.Demo;

internal static class Demo
{
    // Not RequireHost, which cannot parse [::1].
    private static readonly StringSegment[] Loopback = ["localhost", "*.localhost", "127.0.0.1", "[::1]"];

    /// <summary>A front end for the sample at /, in Development only: its links give access to any account.</summary>
    public static void MapDemo(this RouteGroupBuilder demo, IHostEnvironment environment)
    {
        if (!environment.IsDevelopment())
        {
            return;
        }

        demo.MapFile("/", "Api/Demo/index.html", "text/html; charset=utf-8");
        demo.MapFile("/demo/demo.css", "Api/Demo/demo.css", "text/css; charset=utf-8");
        demo.MapFile("/demo/demo.js", "Api/Demo/demo.js", "text/javascript; charset=utf-8");
        demo.MapGet("/demo/mail", ShowLink);
    }

    // A page that the developer visits could let its own host name resolve to 127.0.0.1 (DNS rebinding), and read the
    // links under that name.
    private static async Task<IResult> ShowLink(
        string email, HttpRequest request, IMailFolder mails, CancellationToken ct)
    {
        if (!HostString.MatchesAny(request.Host.Host, Loopback))
        {
            return Problems.NotFound.ToResult("The demo shows links under localhost only.");
        }

        return await mails.NewestLinkTo(email, ct) is { } link
            ? TypedResults.Text(link)
            : Problems.NotFound.ToResult("There is no mail with a link yet. If you have an account, sign in.");
    }
}
