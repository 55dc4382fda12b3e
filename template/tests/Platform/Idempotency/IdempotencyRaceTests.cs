using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>What an Idempotency-Key promises while the first request is still running.</summary>
public sealed class IdempotencyRaceTests(AppWithThings app) : IClassFixture<AppWithThings>
{
    [Fact]
    public async Task While_the_first_is_running_the_second_is_told_so_at_once()
    {
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);
        using var stranger = await app.SignedInClient();
        Assert.True(await elsewhere.IsSignedIn());
        var name = Things.NewName();
        var first = await session.Client.BeginThing("k", name);

        foreach (var client in (HttpClient[])[session.Client, elsewhere])
        {
            var second = await client.MakeThing("k", name);

            await second.ShouldBe(HttpStatusCode.Conflict, "request-in-progress");
            Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter?.Delta);
        }

        Assert.False(first.Answer.IsCompleted);
        var theirs = stranger.MakeThing("k");
        first.Ended.SetResult();
        Assert.Equal(HttpStatusCode.Created, (await theirs).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await first.Answer).StatusCode);
        Assert.Equal(await (await first.Answer).Seen(), await (await elsewhere.MakeThing("k", name)).Seen());
        Assert.Equal(1, await app.CountThings(name));
    }

    [Fact]
    public async Task A_client_that_hangs_up_in_the_middle_leaves_the_key_free()
    {
        using var client = await app.SignedInClient();
        var name = Things.NewName();
        var first = await client.BeginThing("k", name);
        client.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Answer);

        await Eventual.Happens(async () => (await client.MakeThing("k", name)).StatusCode == HttpStatusCode.Created);

        Assert.Equal(1, await app.CountThings(name));
    }

    [Fact]
    public async Task Fifty_at_once_on_two_instances_do_it_once()
    {
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);
        var clients = new[] { session.Client, elsewhere };

        for (var round = 0; round < 10; round++)
        {
            var name = Things.NewName();

            var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => clients[i % 2].MakeThing(name, name)));

            var made = answers.Where(answer => answer.StatusCode == HttpStatusCode.Created).ToList();
            Assert.Single(made, answer => !answer.IsReplayed());
            Assert.Single((await Task.WhenAll(made.Select(Things.Seen))).Distinct());
            foreach (var refused in answers.Except(made))
            {
                await refused.ShouldBe(HttpStatusCode.Conflict, "request-in-progress");
            }

            Assert.Equal(1, await app.CountThings(name));
        }
    }

    [Fact]
    public async Task Once_it_is_answered_all_who_repeat_it_at_once_get_the_answer()
    {
        using var client = await app.SignedInClient();
        var first = await (await client.MakeThing("k")).Seen();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.MakeThing("k")));

        Assert.All(await Task.WhenAll(answers.Select(Things.Seen)), again => Assert.Equal(first, again));
    }

    [PostgresFact]
    public async Task Who_waits_for_the_same_key_takes_no_connection_from_others()
    {
        await using var crowded = await new AppWithThings().Started();
        await using var small = await crowded.Another(
            app => app["ConnectionStrings:Database"] = $"{crowded.ConnectionString};Maximum Pool Size=5");
        using var session = await small.SignedIn(await crowded.ConfirmedUser());

        var name = Things.NewName();
        var slow = await session.Client.BeginThing("k", name);
        var crowd = Enumerable.Range(0, 50).Select(_ => session.Client.MakeThing("k", name)).ToList();
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => session.Client.Get("/api/v1/account")));
        var refused = await Task.WhenAll(crowd);

        // All that while the first one is not done.
        Assert.All(others, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        slow.Ended.SetResult();
        HttpResponseMessage[] answers = [await slow.Answer, .. refused];
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(50, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
    }
}
