using System.Net;
using System.Text.RegularExpressions;
using MimeKit;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Pages;

/// <summary>The pages behind mailed links.</summary>
public sealed class MailedPagesTests(SharedApp app)
{
    public static TheoryData<string> Paths => ["/confirm-email", "/reset-password", "/confirm-email-change"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_page_has_no_inline_script_and_is_not_cached(string path)
    {
        using var client = app.CreateClient();

        var response = await client.Get($"{path}?email=a%40example.com&token=a-token");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
        Assert.DoesNotContain("unsafe", policy);
        var html = await response.Content.ReadAsStringAsync(Scenarios.Ct);
        Assert.DoesNotContain("a-token", html);
        Assert.DoesNotContain("{", html);
        Assert.DoesNotMatch("<script>|<style|\\son\\w+=|style=|javascript:", html);
    }

    [Fact]
    public async Task Opening_a_link_changes_nothing_because_mail_scanners_open_it_too()
    {
        using var client = app.CreateClient();
        var email = Scenarios.NewAddress();
        await client.SignUp(email);
        var token = await app.MailedToken(email);

        await client.Get($"/confirm-email?email={email}&token={token}");

        await (await client.LogIn(email)).ShouldBe(HttpStatusCode.Unauthorized, "invalid-credentials");
        var confirmed = await client.Post("/api/v1/auth/confirm-email", new { email, token });
        Assert.Equal(HttpStatusCode.NoContent, confirmed.StatusCode);
    }

    [Theory]
    [InlineData("/pages/page.css", "text/css")]
    [InlineData("/pages/page.js", "text/javascript")]
    [InlineData("/pages/fields.js", "text/javascript")]
    public async Task Script_and_style_are_sent_once_and_then_revalidated(string path, string type)
    {
        using var client = app.CreateClient();

        var first = await client.Get(path);
        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        var second = await client.SendAsync(again, Scenarios.Ct);

        Assert.Equal(type, first.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_page_accepts_GET_and_HEAD_only(string path)
    {
        using var client = app.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.Send(HttpMethod.Head, path)).StatusCode);
        await (await client.Post(path)).ShouldBe(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    [PostgresFact]
    public async Task Every_link_in_every_mail_leads_to_a_page()
    {
        await using var server = MailServer.Start();
        await using var production = new App { Environment = "Production" };
        foreach (var (key, value) in Apps.ProductionSettings.Where(
            setting => setting.Key != "ConnectionStrings:Database"))
        {
            production[key] = value;
        }

        server.Serve(production);
        production["App:Name"] = "Ada & Sons";
        await production.InitializeAsync();
        var (email, newEmail) = (Scenarios.NewAddress(), Scenarios.NewAddress());
        using var client = production.CreateClient();
        await client.SignUp(email);
        var token = TokenIn(await server.MailTo(email));
        await client.Post("/api/v1/auth/confirm-email", new { email, token });
        await client.SignUp(email);
        await client.Post("/api/v1/auth/forgot-password", new { email });
        using var session = await production.SignedIn(email);
        await session.Client.Post("/api/v1/account/change-email", new { newEmail, password = Scenarios.Password });
        token = TokenIn(await server.MailTo(newEmail));
        await client.Post("/api/v1/account/confirm-email-change", new { newEmail, token });
        var password = "eight blue kettles hum at dusk";
        await session.Client.Post(
            "/api/v1/account/change-password", new { currentPassword = Scenarios.Password, newPassword = password });
        await session.Client.Post("/api/v1/account/delete", new { password });

        await Eventual.Happens(() => server.Mails.Count == 8);

        Assert.Distinct(server.Mails.Select(mail => mail.Subject));
        Assert.All(server.Mails, SaysWhyItCame);
        var links = server.Mails
            .SelectMany(mail => Regex.Matches($"{mail.TextBody} {mail.HtmlBody}", "https?://[^\\s\"<]+"))
            .Select(link => new Uri(WebUtility.HtmlDecode(link.Value)))
            .Distinct()
            .ToList();
        Assert.Equal(3, links.Count);
        foreach (var link in links)
        {
            var response = await client.Get(link.PathAndQuery);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        }

        static string TokenIn(MimeMessage mail) => mail.TextBody!.Split("token=")[1].Split('\n')[0].Trim();
    }

    private static void SaysWhyItCame(MimeMessage mail)
    {
        var html = WebUtility.HtmlDecode(mail.HtmlBody);
        Assert.Equal("Ada & Sons", mail.From.Mailboxes.Single().Name);
        Assert.Contains("You get this mail because", mail.TextBody);
        Assert.Contains("at Ada & Sons", mail.TextBody);
        Assert.Contains("If this was not you", mail.TextBody);
        Assert.Contains("Ada &amp; Sons", mail.HtmlBody);
        // The same words in both parts.
        Assert.All(
            mail.TextBody!.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries),
            paragraph => Assert.Contains(paragraph, html));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_page_has_the_name_of_the_product(string path)
    {
        await using var own = await new App { ["App:Name"] = "Ada & <b>Sons" }.Started();
        using var client = own.CreateClient();

        var html = await (await client.Get(path)).Content.ReadAsStringAsync(Scenarios.Ct);

        Assert.Contains("<p class=\"app\">Ada &amp; &lt;b&gt;Sons</p>", html);
        Assert.DoesNotContain("<b>", html);
    }

    [Fact]
    public async Task With_ServePages_off_there_are_no_pages()
    {
        await using var own = await new App { ["App:ServePages"] = "false" }.Started();
        using var client = own.CreateClient();

        foreach (var path in (string[])["/confirm-email", "/reset-password", "/confirm-email-change", "/pages/page.js"])
        {
            await (await client.Get(path)).ShouldBe(HttpStatusCode.NotFound, "not-found");
        }
    }
}
