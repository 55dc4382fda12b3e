using ProdReady.Api.Errors;
using ProdReady.Api.Pages;
using ProdReady.Application.Email;

namespace ProdReady.Api.Demo;

internal static class Demo
{
    /// <summary>A front end for the sample at /. For Development only.</summary>
    public static void MapDemo(this RouteGroupBuilder demo)
    {
        demo.MapFile("/", "Api/Demo/index.html", "text/html; charset=utf-8");
        demo.MapFile("/demo/demo.css", "Api/Demo/demo.css", "text/css; charset=utf-8");
        demo.MapFile("/demo/demo.js", "Api/Demo/demo.js", "text/javascript; charset=utf-8");
        demo.MapGet("/demo/mail", ShowLink);
    }

    // Returns links that give access to any account, so it must never be mapped outside Development.
    private static async Task<IResult> ShowLink(string email, IMailFolder mails, CancellationToken ct) =>
        await mails.NewestLinkTo(email, ct) is { } link
            ? TypedResults.Text(link)
            : Problems.NotFound.ToResult("There is no mail with a link yet. If you have an account, sign in.");
}
