using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProdReady.Application.Files;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Infrastructure;

public sealed class PeriodicJobTests
{
    [Fact]
    public async Task What_the_database_will_never_do_is_an_error() =>
        Assert.Equal([LogEventLevel.Error], await LevelsOf(new DatabaseException(isTransient: false)));

    [Fact]
    public async Task A_database_that_is_away_is_a_warning()
    {
        Assert.Equal([LogEventLevel.Warning], await LevelsOf(new DatabaseException(isTransient: true)));
        Assert.Equal(
            [LogEventLevel.Warning],
            await LevelsOf(new InvalidOperationException("", new DatabaseException(isTransient: true))));
    }

    [Fact]
    public async Task What_was_logged_already_is_not_logged_again() =>
        Assert.Empty(await LevelsOf(new UnavailableException("The store is away.")));

    /// <summary>The levels of the lines about a job that fails once.</summary>
    private static async Task<IEnumerable<LogEventLevel>> LevelsOf(Exception failure)
    {
        await using var app = new App
        {
            Replace = services =>
            {
                services.AddSingleton(failure);
                services.AddSingleton<ProbeJob>();
                services.AddHostedService(provider => provider.GetRequiredService<ProbeJob>());
            },
        };
        await app.InitializeAsync();

        // It goes on, and by then the first time is logged.
        await Eventual.Happens(() => app.Services.GetRequiredService<ProbeJob>().Runs > 1);

        return [.. app.Log.Lines
            .Where(line => line.RenderMessage().Contains(nameof(ProbeJob)))
            .Select(line => line.Level)];
    }

    private sealed class ProbeJob(Exception failure, ILogger<ProbeJob> logger)
        : PeriodicJob(TimeSpan.FromSeconds(0.1), TimeProvider.System, logger)
    {
        public int Runs { get; private set; }

        protected override Task Run(CancellationToken ct) =>
            ++Runs == 1 ? Task.FromException(failure) : Task.CompletedTask;
    }

    private sealed class DatabaseException(bool isTransient) : DbException
    {
        public override bool IsTransient => isTransient;
    }
}
