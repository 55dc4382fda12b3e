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

    // A page in the developer's browser could let its own host name resolve to 127.0.0.1 (DNS rebinding), and read what
    // the app answers under that name.
    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("localhost:5080", HttpStatusCode.OK)]
    [InlineData("my-app.localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:5080", HttpStatusCode.OK)]
    [InlineData("rebound.example", HttpStatusCode.NotFound)]
    [InlineData("localhost.rebound.example", HttpStatusCode.NotFound)]
    [InlineData("127.0.0.1.rebound.example", HttpStatusCode.NotFound)]
    [InlineData("192.168.0.7:5080", HttpStatusCode.NotFound)]
    public async Task Links_are_returned_under_loopback_names_only(string host, HttpStatusCode status)
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await client.SignUp(email);
        await app.MailedToken(email);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/demo/mail?email={email}");
        request.Headers.Host = host;

        var response = await client.SendAsync(request, Scenarios.Ct);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task In_Development_the_mailed_pages_lead_back_to_it()
    {
        using var client = app.CreateClient();

        foreach (var path in (string[])["/confirm-email", "/reset-password", "/confirm-email-change"])
        {
            var html = await (await client.Get(path)).Content.ReadAsStringAsync(Scenarios.Ct);
            Assert.Contains("<a href=\".\">Back to the tour</a>", html);
        }
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

        var page = await client.Get("/confirm-email");
        Assert.DoesNotContain("tour", await page.Content.ReadAsStringAsync(Scenarios.Ct));
    }
}
