using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using ProdReady.Application;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;
using Sentry.Extensibility;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Jobs;

public sealed class PeriodicJobTests
{
    [Fact]
    public async Task A_job_runs_soon_after_the_start_however_long_its_interval_is()
    {
        var probe = new Probe(failure: null);
        using var job = JobOf(
            probe, TimeSpan.FromDays(30), new JobFailures(DisabledHub.Instance, NullLogger<JobFailures>.Instance));

        await job.StartAsync(Scenarios.Ct);

        await Eventual.Happens(() => probe.Runs > 0);
        await job.StopAsync(Scenarios.Ct);
        Assert.Equal(1, probe.Runs);
    }

    [Fact]
    public async Task A_permanent_failure_of_the_database_is_an_error()
    {
        var line = Assert.Single(await LinesOf(new DatabaseException(isTransient: false)));

        Assert.Equal(LogEventLevel.Error, line.Level);
        Assert.Equal("Job {Job} failed", line.MessageTemplate.Text);
    }

    [Fact]
    public async Task A_transient_failure_of_the_database_is_a_warning()
    {
        var lines = await LinesOf(new DatabaseException(isTransient: true));
        var wrapped = await LinesOf(new InvalidOperationException("", new DatabaseException(isTransient: true)));

        Assert.Equal([LogEventLevel.Warning], lines.Select(line => line.Level));
        Assert.Equal([LogEventLevel.Warning], wrapped.Select(line => line.Level));
    }

    [Fact]
    public async Task A_failure_that_was_logged_where_it_was_thrown_is_not_logged_again() =>
        Assert.Empty(await LinesOf(new UnavailableException("The store is away.")));

    /// <summary>The log lines about a job that fails once.</summary>
    private static async Task<List<LogEvent>> LinesOf(Exception failure)
    {
        var probe = new Probe(failure);
        await using var app = new App
        {
            Replace = services => services.AddSingleton<IHostedService>(provider => JobOf(
                probe, TimeSpan.FromMinutes(2), provider.GetRequiredService<JobFailures>())),
        };
        await app.InitializeAsync();

        // It goes on, and by then the first run is logged.
        await Eventual.Happens(() => probe.Runs > 1);

        return [.. app.Log.Lines.Where(line => line.RenderMessage().Contains(nameof(Probe)))];
    }

    private static PeriodicJob<Probe> JobOf(Probe probe, TimeSpan interval, JobFailures failures) =>
        new(interval, (job, _) => job.Run(), probe, new FastClock(), failures);

    private sealed class Probe(Exception? failure)
    {
        public int Runs { get; private set; }

        public Task Run() => ++Runs == 1 && failure is not null ? Task.FromException(failure) : Task.CompletedTask;
    }

    private sealed class DatabaseException(bool isTransient) : DbException
    {
        public override bool IsTransient => isTransient;
    }

    /// <summary>
    /// A clock on which a minute takes 60 ms. Its timers tick once each time that they are set, which the job does at
    /// every tick: on a busy machine a second tick would come before the job has set the period.
    /// </summary>
    private sealed class FastClock : TimeProvider
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
