using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Jobs;

/// <summary>A periodic job for which a minute takes 60 ms. Its period and its lease are not shorter.</summary>
/// <param name="run">Gets the number of the run, from 1.</param>
internal sealed class ProbeJob(Func<int, Task> run)
{
    private int runs;

    public int Runs => Volatile.Read(ref runs);

    public PeriodicJob<ProbeJob> On(IServiceProvider services, TimeSpan interval) =>
        ActivatorUtilities.CreateInstance<PeriodicJob<ProbeJob>>(
            services,
            interval,
            (Func<ProbeJob, CancellationToken, Task>)((job, ct) =>
                job.Run(Interlocked.Increment(ref job.runs)).WaitAsync(ct)),
            this,
            new FastClock());

    public static Task<JobRun?> Row(App app) =>
        app.Query(db => Rows(db).AsNoTracking().SingleOrDefaultAsync(Scenarios.Ct));

    /// <summary>As if the last run had begun and its lease had ended so long ago.</summary>
    public static Task<int> Shift(App app, TimeSpan ago)
    {
        var then = DateTimeOffset.UtcNow - ago;

        return app.Query(db => Rows(db).ExecuteUpdateAsync(
            set => set
                .SetProperty(row => row.BegunAt, then)
                .SetProperty(row => row.LeasedUntil, row => row.LeasedUntil == null ? null : then),
            Scenarios.Ct));
    }

    private static IQueryable<JobRun> Rows(DbContext db) =>
        db.Set<JobRun>().Where(row => row.Job == typeof(ProbeJob).FullName);

    private Task Run(int number) => run(number);

    /// <summary>
    /// Its timers tick once each time that they are set, which the job does at every tick: on a busy machine a second
    /// tick would come before the job has set the period.
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
