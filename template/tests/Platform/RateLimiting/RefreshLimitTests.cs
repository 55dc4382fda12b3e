using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

public sealed class RefreshLimitTests : IAsyncLifetime
{
    private const int Limit = 3;
    private const int AddressLimit = 20 * Limit;

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_session_over_the_limit_gets_a_429_and_other_sessions_do_not()
    {
        await using var app = await Limits.App("Refresh", Limit).Started();
        var email = await app.ConfirmedUser();
        using var busy = await app.SignedIn(email);
        using var other = await app.SignedIn(email);

        for (var left = Limit - 1; left >= 0; left--)
        {
            var allowed = await busy.Client.Refresh(busy.RefreshToken);

            Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
            Assert.Equal(left, allowed.Left("refresh"));
            Assert.Equal(AddressLimit - Limit + left, allowed.Left("refresh-address"));
        }

        var rejected = await busy.Client.Refresh(busy.RefreshToken);

        var problem = await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal("""["refresh"]""", problem.GetProperty("violated-policies").GetRawText());
        Assert.NotNull(rejected.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await other.Client.Refresh(other.RefreshToken)).StatusCode);
        Assert.True(await busy.Client.IsSignedIn());
    }

    [Fact]
    public async Task A_forged_token_does_not_count_for_the_session_that_it_names()
    {
        await using var app = await Limits.App("Refresh", Limit).Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());

        for (var i = 0; i <= Limit; i++)
        {
            var guessed = await session.Client.Refresh($"{session.RefreshToken[..^6]}AAAAAA");

            await guessed.ShouldBe(HttpStatusCode.Unauthorized, "invalid-refresh-token");
        }

        var refreshed = await session.Client.Refresh(session.RefreshToken);
        Assert.Equal(HttpStatusCode.OK, refreshed.StatusCode);
        Assert.Equal(Limit - 1, refreshed.Left("refresh"));
    }

    [Fact]
    public async Task An_address_has_twenty_times_the_limit_of_a_session()
    {
        await using var app = await Limits.App("Refresh", Limit).Started();
        using var client = app.ClientAt("203.0.113.7");
        using var neighbour = app.ClientAt("203.0.113.8");

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i <= AddressLimit; i++)
        {
            answers.Add((await client.Refresh("AAAA")).StatusCode);
        }

        Assert.All(answers[..^1], status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await neighbour.Refresh("AAAA")).StatusCode);
    }
}
