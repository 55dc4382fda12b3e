using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>What an Idempotency-Key promises to concurrent requests.</summary>
public sealed class IdempotencyRaceTests(AppWithSampleResource app) : IClassFixture<AppWithSampleResource>
{
    [Fact]
    public async Task While_the_first_request_runs_the_second_gets_a_409_at_once()
    {
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);
        using var otherUser = await app.SignedInClient();
        Assert.True(await elsewhere.IsSignedIn());
        var name = SampleResource.NewName();
        var first = await session.Client.BeginSample("k", name);

        foreach (var client in (HttpClient[])[session.Client, elsewhere])
        {
            var second = await client.CreateSample("k", name);

            await second.ShouldBe(HttpStatusCode.Conflict, "request-in-progress");
            Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter?.Delta);
        }

        Assert.False(first.Response.IsCompleted);
        var ofOtherUser = otherUser.CreateSample("k");
        first.Release.SetResult();
        Assert.Equal(HttpStatusCode.Created, (await ofOtherUser).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await first.Response).StatusCode);
        var retry = await elsewhere.CreateSample("k", name);
        Assert.Equal(await (await first.Response).Replayable(), await retry.Replayable());
        Assert.Equal(1, await app.CountSamples(name));
    }

    [Fact]
    public async Task After_the_client_disconnects_the_key_can_be_used_again()
    {
        using var client = await app.SignedInClient();
        var name = SampleResource.NewName();
        var first = await client.BeginSample("k", name);
        client.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Response);

        await Eventual.Happens(async () => (await client.CreateSample("k", name)).StatusCode == HttpStatusCode.Created);

        Assert.Equal(1, await app.CountSamples(name));
    }

    [Fact]
    public async Task Fifty_concurrent_requests_to_two_instances_are_executed_once()
    {
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var elsewhere = session.On(other);

        for (var round = 0; round < 10; round++)
        {
            await app.CreateSampleOnce(session.Client, elsewhere);
        }
    }

    [Fact]
    public async Task Fifty_concurrent_retries_get_the_stored_response()
    {
        using var client = await app.SignedInClient();
        var first = await (await client.CreateSample("k")).Replayable();

        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.CreateSample("k")));

        var replayed = await Task.WhenAll(responses.Select(SampleResource.Replayable));
        Assert.All(replayed, again => Assert.Equal(first, again));
    }

    [PostgresFact]
    public async Task A_request_with_a_locked_key_waits_on_no_connection()
    {
        await using var large = await new AppWithSampleResource().Started();
        await using var small = await large.Another(
            app => app["ConnectionStrings:Database"] = $"{large.ConnectionString};Maximum Pool Size=5");
        using var session = await small.SignedIn(await large.ConfirmedUser());

        var name = SampleResource.NewName();
        var slow = await session.Client.BeginSample("k", name);
        var concurrent = Enumerable.Range(0, 50).Select(_ => session.Client.CreateSample("k", name)).ToList();
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => session.Client.Get("/api/v1/account")));
        var rejected = await Task.WhenAll(concurrent);

        // The first request is still running.
        Assert.All(others, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        slow.Release.SetResult();
        HttpResponseMessage[] responses = [await slow.Response, .. rejected];
        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.Created);
        Assert.Equal(50, responses.Count(response => response.StatusCode == HttpStatusCode.Conflict));
    }
}
