using Microsoft.Extensions.Logging.Abstractions;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Infrastructure;

public sealed class PeriodicJobTests
{
    [Fact]
    public async Task An_instance_that_never_lives_as_long_as_the_interval_does_its_part_all_the_same()
    {
        using var job = new CountingJob(TimeSpan.FromDays(30), new Hurry());

        await job.StartAsync(Stories.Ct);

        await Eventual.Happens(() => job.Runs > 0);
        await job.StopAsync(Stories.Ct);
        Assert.Equal(1, job.Runs);
    }

    [Fact]
    public async Task A_job_goes_on_after_it_failed()
    {
        using var job = new CountingJob(TimeSpan.FromMinutes(1), new Hurry()) { Fails = true };

        await job.StartAsync(Stories.Ct);

        await Eventual.Happens(() => job.Runs >= 3);
        await job.StopAsync(Stories.Ct);
    }

    private sealed class CountingJob(TimeSpan interval, TimeProvider clock)
        : PeriodicJob(interval, clock, NullLogger.Instance)
    {
        private int runs;

        public int Runs => runs;

        public bool Fails { get; init; }

        protected override Task Run(CancellationToken ct)
        {
            Interlocked.Increment(ref runs);

            return Fails ? throw new InvalidOperationException("Nobody expected this.") : Task.CompletedTask;
        }
    }

    /// <summary>A clock on which a minute takes six hundredths of a second.</summary>
    private sealed class Hurry : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(base.CreateTimer(callback, state, Short(dueTime), Short(period)));

        private static TimeSpan Short(TimeSpan time) => time > TimeSpan.Zero ? time / 1000 : time;

        private sealed class Timer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Short(dueTime), Short(period));

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
