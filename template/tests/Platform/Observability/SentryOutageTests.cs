using Microsoft.AspNetCore.Builder;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Observability;

// Sentry's hub is static: another app with a DSN must not run at the same time.
[CollectionDefinition(nameof(SentryOutageTests), DisableParallelization = true)]
[Collection(nameof(SentryOutageTests))]
public sealed class SentryOutageTests
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Sentry_that_hangs_or_is_down_slows_neither_requests_nor_the_stop(bool hangs)
    {
        await using var sentry = await Collector.Start(hangs);
        var authority = hangs ? sentry.Authority : "127.0.0.1:1";
        await using var app = new App
        {
            Routes = routes => routes
                .MapGet("/probe/crash", string () => throw new InvalidOperationException("It broke."))
                .AllowAnonymous(),
            ["Sentry:Dsn"] = $"http://key@{authority}/1",
        };
        await app.InitializeAsync();
        using var client = app.CreateClient();

        await CrashOften().WaitAsync(RequestTimeout, Scenarios.Ct);
        await app.Stop().WaitAsync(StopTimeout, Scenarios.Ct);

        async Task CrashOften()
        {
            for (var i = 0; i < 50; i++)
            {
                await client.Get("/probe/crash");
            }
        }
    }
}
