using System.Text.RegularExpressions;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

public sealed partial class SecurityEventsTests
{
    [Fact]
    public async Task An_event_names_the_account_and_the_client_and_holds_no_secret()
    {
        await using var app = await new App().Started();
        var email = await app.ConfirmedUser();
        using var session = await app.SignedIn(email);
        await session.Client.LogIn(email, "a wrong guess");
        await session.Client.LogIn(Scenarios.NewAddress(), "a wrong guess");
        await session.Client.Post("/api/v1/auth/logout");

        Assert.Equal(
            ["registered", "address-confirmed", "signed-in", "sign-in-failed", "sign-in-failed", "session-ended"],
            app.Log.SecurityEvents);
        var lines = app.Log.Lines.Where(line => line.Properties.ContainsKey("SecurityEvent")).ToList();
        Assert.All(lines, line => Assert.Equal("\"127.0.0.1\"", $"{line.Properties["ClientAddress"]}"));
        Assert.All(lines, line => Assert.DoesNotContain("@example.com", line.RenderMessage()));
        Assert.Contains(AccessTokenTests.Claim(session.AccessToken, "sid"), lines[^1].RenderMessage());
        Assert.Contains(AccessTokenTests.Claim(session.AccessToken, "sub"), lines[3].RenderMessage());
    }

    [Fact]
    public void The_page_on_security_lists_every_event()
    {
        var code = File.ReadAllText(Repository.PathOf("src", "Application", "SecurityEvents.cs"));
        var page = File.ReadAllText(Repository.PathOf("docs", "security.md")).Split("## Security events")[1];

        Assert.Equal(Names(Recorded().Matches(code)), Names(Row().Matches(page)));
    }

    private static IEnumerable<string> Names(MatchCollection matches) =>
        matches.Select(match => match.Groups["name"].Value).Distinct().Order();

    [GeneratedRegex("Record\\(\"(?<name>[a-z-]+)\"")]
    private static partial Regex Recorded();

    [GeneratedRegex("^\\| `(?<name>[a-z-]+)` \\| .+ \\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
