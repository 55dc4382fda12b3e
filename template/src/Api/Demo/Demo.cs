using ProdReady.Api.Pages;
using ProdReady.Application.Email;

namespace ProdReady.Api.Demo;

internal static class Demo
{
    /// <summary>A front end for the sample at /, in Development only: its links give access to any account.</summary>
    public static void MapDemo(this RouteGroupBuilder demo, IHostEnvironment environment)
    {
        if (!environment.IsDevelopment())
        {
            return;
        }

        demo.MapFile("/", "Api/Demo/index.html", "text/html; charset=utf-8");
        demo.MapFile("/demo/demo.css", "Api/Demo/demo.css", "text/css; charset=utf-8");
        foreach (var script in (string[])["demo", "client", "files", "messages", "network"])
        {
            demo.MapFile($"/demo/{script}.js", $"Api/Demo/{script}.js", "text/javascript; charset=utf-8");
        }

        // A page of another host name that resolves to 127.0.0.1 (DNS rebinding) could read the links under that name.
        demo.MapGet("/demo/mail", ShowLink).RequireHost("localhost", "*.localhost", "127.0.0.1");
    }

    /// <summary>The way from another page back to the tour, where there is one.</summary>
    public static string LinkIn(IHostEnvironment environment) =>
        environment.IsDevelopment() ? "<nav><a href=\".\">Back to the tour</a></nav>" : "";

    private static async Task<IResult> ShowLink(string email, IMailFolder mails, CancellationToken ct) =>
        await mails.NewestLinkTo(email, ct) is { } link
            ? TypedResults.Text(link)
            : Problems.NotFound.ToResult("There is no mail with a link yet. If you have an account, sign in.");
}
