using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Api;

/// <summary>The pages behind mailed links, as a browser gets them.</summary>
public sealed class MailedPagesTests(SharedApp app)
{
    public static TheoryData<string> Paths => ["/confirm-email", "/reset-password", "/confirm-email-change"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_page_brings_no_script_but_its_own_and_stays_in_no_cache(string path)
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
        var html = await response.Content.ReadAsStringAsync(Stories.Ct);
        Assert.DoesNotContain("a-token", html);
        Assert.DoesNotMatch("<script>|<style|\\son\\w+=|style=|javascript:", html);
    }

    [Fact]
    public async Task Opening_a_link_changes_nothing_because_mail_programs_do_so_too()
    {
        using var client = app.CreateClient();
        var email = Stories.NewAddress();
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
    public async Task Script_and_style_are_sent_once_and_then_only_asked_about(string path, string type)
    {
        using var client = app.CreateClient();

        var first = await client.Get(path);
        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        var second = await client.SendAsync(again, Stories.Ct);

        Assert.Equal(type, first.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_page_is_only_for_looking_at(string path)
    {
        using var client = app.CreateClient();

        Assert.Equal(HttpStatusCode.OK, (await client.Send(HttpMethod.Head, path)).StatusCode);
        await (await client.Post(path)).ShouldBe(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    [Fact]
    public async Task Where_a_front_end_has_its_own_there_are_none()
    {
        await using var own = await new App { ["App:ServePages"] = "false" }.Started();
        using var client = own.CreateClient();

        foreach (var path in (string[])["/confirm-email", "/reset-password", "/confirm-email-change", "/pages/page.js"])
        {
            await (await client.Get(path)).ShouldBe(HttpStatusCode.NotFound, "not-found");
        }
    }
}
