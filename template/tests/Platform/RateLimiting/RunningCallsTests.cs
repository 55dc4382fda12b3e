using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.RateLimiting;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>A burst of one user waits for its turn, and other users do not.</summary>
public sealed class RunningCallsTests
{
    private const int Limit = 2;

    [Fact]
    public async Task The_calls_of_a_user_over_the_limit_wait_and_none_is_lost()
    {
        var (running, most, release) = (0, 0, new TaskCompletionSource());
        await using var app = await new App
        {
            ["RateLimits:Concurrency:PermitLimit"] = $"{Limit}",
            Routes = routes => routes.MapGroup("/probe").RequireApiLimit().MapGet("/slow", async () =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await release.Task;
                Interlocked.Decrement(ref running);
            }),
        }.Started();
        using var client = await app.SignedInClient();
        using var otherUser = await app.SignedInClient();
        using var anonymous = app.CreateClient();
        using var disconnect = new CancellationTokenSource();

        var calls = Enumerable.Range(0, 30).Select(_ => client.Get("/probe/slow")).ToList();
        await Eventual.Happens(() => Volatile.Read(ref running) == Limit);
        var givenUp = client.GetAsync("/probe/slow", disconnect.Token);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await otherUser.GetAccount()).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await anonymous.GetAccount()).StatusCode);
        }

        await disconnect.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        release.SetResult();

        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(Limit, most);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAccount()).StatusCode);
    }

    [Fact]
    public async Task A_call_whose_turn_does_not_come_in_time_is_504()
    {
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await new App
        {
            ["RateLimits:Concurrency:PermitLimit"] = "1",
            ["Requests:Timeout"] = "00:00:10",
            Routes = routes => routes.MapGroup("/probe").RequireApiLimit()
                .MapGet("/slow", (CancellationToken ct) =>
                {
                    running.SetResult();

                    return Task.Delay(Timeout.Infinite, ct);
                })
                .WithRequestTimeout(TimeSpan.FromMinutes(1)),
        }.Started();
        using var client = await app.SignedInClient();
        using var disconnect = new CancellationTokenSource();
        var slow = client.GetAsync("/probe/slow", disconnect.Token);
        await running.Task.WaitAsync(Scenarios.Ct);

        await (await client.GetAccount()).ShouldBe(HttpStatusCode.GatewayTimeout, "timeout");

        await disconnect.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
        await Eventual.Happens(async () => (await client.GetAccount()).StatusCode == HttpStatusCode.OK);
    }
}
