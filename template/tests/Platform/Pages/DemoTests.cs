using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Pages;

public sealed class DemoTests(SharedApp app)
{
    [Fact]
    public async Task The_front_page_has_no_inline_script_or_style()
    {
        using var client = app.CreateClient();

        var page = await client.Get("/");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.StartsWith(
            "default-src 'none'; script-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single());
        var html = await page.Content.ReadAsStringAsync(Scenarios.Ct);
        Assert.DoesNotMatch("<script>|<style|\\son\\w+=|style=|javascript:", html);
    }

    [Fact]
    public async Task The_link_in_the_newest_mail_is_returned()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await (await client.Get($"/demo/mail?email={email}")).ShouldBe(HttpStatusCode.NotFound, "not-found");

        await client.SignUp(email);
        var token = await app.MailedToken(email);

        var link = await (await client.Get($"/demo/mail?email={email}")).Content.ReadAsStringAsync(Scenarios.Ct);
        Assert.EndsWith($"&token={token}", link);
    }

    [Fact]
    public async Task The_link_in_an_older_mail_is_not_returned()
    {
        using var client = app.CreateClient();
        var email = await app.ConfirmedUser();

        await client.SignUp(email);
        await app.NewestMail(email, count: 2);

        var problem = await (await client.Get($"/demo/mail?email={email}")).ShouldBe(
            HttpStatusCode.NotFound, "not-found");
        Assert.Contains("sign in", problem.Text("detail"));
    }

    [Theory]
    [InlineData("Staging")]
    [InlineData("Production")]
    public async Task Outside_Development_there_is_no_demo(string environment)
    {
        await using var own = await Apps.WithoutDatabase(environment).Started();
        using var client = own.CreateClient();

        foreach (var path in (string[])["/", "/demo/demo.js", "/demo/mail?email=a@example.com"])
        {
            await (await client.Get(path)).ShouldBe(HttpStatusCode.NotFound, "not-found");
        }
    }
}
