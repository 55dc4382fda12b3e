using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;
using ProdReady.Application;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;
using Serilog.Events;
using System.Data.Common;

namespace ProdReady.Tests.Platform.Jobs;

public sealed class PeriodicJobTests
{
    [Fact]
    public async Task An_instance_that_never_lives_as_long_as_the_interval_does_its_part_all_the_same()
    {
        using var job = new ProbeJob(TimeSpan.FromDays(30), failure: null, NullLogger.Instance);

        await job.StartAsync(Stories.Ct);

        await Eventual.Happens(() => job.Runs > 0);
        await job.StopAsync(Stories.Ct);
        Assert.Equal(1, job.Runs);
    }

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
                services.AddSingleton(provider => new ProbeJob(
                    TimeSpan.FromMinutes(2), failure, provider.GetRequiredService<ILogger<ProbeJob>>()));
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

    private sealed class ProbeJob(TimeSpan interval, Exception? failure, ILogger logger)
        : PeriodicJob(interval, new Hurry(), logger)
    {
        public int Runs { get; private set; }

        protected override Task Run(CancellationToken ct) =>
            ++Runs == 1 && failure is not null ? Task.FromException(failure) : Task.CompletedTask;
    }

    private sealed class DatabaseException(bool isTransient) : DbException
    {
        public override bool IsTransient => isTransient;
    }

    /// <summary>
    /// A clock on which a minute takes six hundredths of a second. Its timers tick once each time that they are set,
    /// which the job does at every tick; on a busy machine they would tick again before it has come to that.
    /// </summary>
    private sealed class Hurry : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(base.CreateTimer(callback, state, Short(dueTime), Timeout.InfiniteTimeSpan));

        private static TimeSpan Short(TimeSpan time) => time > TimeSpan.Zero ? time / 1000 : time;

        private sealed class Timer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) =>
                timer.Change(Short(dueTime), Timeout.InfiniteTimeSpan);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
