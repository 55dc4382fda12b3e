using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>What SIGTERM does while the app serves, and while it starts.</summary>
public sealed class ShutdownTests
{
    private static readonly TimeSpan MaxSecondSignal = TimeSpan.FromSeconds(60);

    [PostgresFact]
    public async Task Requests_are_served_while_a_proxy_learns_that_the_app_is_not_ready()
    {
        var delay = TimeSpan.FromSeconds(4);
        var (app, client) = await AppProcess.Start(await With(delay), MapSlow);
        using (client)
        await using (app)
        {
            await Eventual.Happens(() => IsReady(client));
            var slow = client.Get("/probe/slow?seconds=2");

            var watch = Stopwatch.StartNew();
            var ending = app.Stop();
            await Eventual.Happens(async () => !await IsReady(client));
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, delay);

            var answers = new List<HttpStatusCode>();
            while (watch.Elapsed < 0.8 * delay)
            {
                using var newcomer = new HttpClient { BaseAddress = client.BaseAddress };
                answers.Add((await newcomer.Get("/probe/slow?seconds=0")).StatusCode);
                await Task.Delay(50, Scenarios.Ct);
            }

            // Runs on when the server has stopped listening.
            var last = await client.Get("/probe/slow?seconds=2");

            Assert.NotEmpty(answers);
            Assert.All([.. answers, last.StatusCode, (await slow).StatusCode], code =>
                Assert.Equal(HttpStatusCode.OK, code));
            Assert.Equal(0, await ending);
            Assert.InRange(watch.Elapsed, delay, TimeSpan.MaxValue);
        }
    }

    [PostgresFact]
    public async Task A_second_signal_ends_the_wait()
    {
        var (app, client) = await AppProcess.Start(await With(TimeSpan.FromMinutes(5)));
        using (client)
        await using (app)
        {
            await Eventual.Happens(() => IsReady(client));
            var ending = app.Stop();
            await Eventual.Happens(async () => !await IsReady(client));

            Assert.Equal(0, await app.Stop().WaitAsync(MaxSecondSignal, Scenarios.Ct));
            Assert.Equal(0, await ending);
        }
    }

    [Theory]
    [InlineData(250)]
    [InlineData(600)]
    [InlineData(1_000)]
    public async Task During_the_start_it_ends_the_app_and_nothing_is_an_error(int milliseconds)
    {
        var (exitCode, output, errors) = await AppProcess.Run(
            Apps.ProductionSettings, stopAfter: TimeSpan.FromMilliseconds(milliseconds));

        // On a busy machine the runtime has not called Main yet: then the system ends it, with 128 + SIGTERM.
        Assert.True(exitCode == 0 || (exitCode == 143 && output is []), $"The exit code is {exitCode}.");
        Assert.Empty(errors);
        Assert.DoesNotContain(output, IsError);
    }

    [Fact]
    public async Task Just_after_the_start_it_ends_the_app_and_nothing_is_an_error()
    {
        var (app, client) = await AppProcess.Start(Apps.ProductionSettings);
        using (client)
        await using (app)
        {
            Assert.Equal(0, await app.Stop());
            Assert.DoesNotContain(app.Output, IsError);
        }
    }

    private static bool IsError(string line) =>
        line.Contains("\"@l\":\"Error\"") || line.Contains("\"@l\":\"Fatal\"");

    private static async Task<Dictionary<string, string>> With(TimeSpan delay) => new(Apps.ProductionSettings)
    {
        ["ConnectionStrings:Database"] = await TestPostgres.CreateMigratedDatabase(),
        ["Shutdown:Delay"] = $"{delay}",
    };

    private static async Task<bool> IsReady(HttpClient client) =>
        (await client.Get("/health/ready")).StatusCode == HttpStatusCode.OK;

    private static void MapSlow(IEndpointRouteBuilder routes) => routes
        .MapGet("/probe/slow", async (int seconds, CancellationToken ct) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), ct);

            return TypedResults.Ok();
        })
        .AllowAnonymous();
}
