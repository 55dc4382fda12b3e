using System.Collections.Concurrent;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Jobs;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Jobs;

/// <summary>Of all instances one runs a job in each period.</summary>
public sealed class JobRunTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Fact]
    public async Task A_job_runs_soon_after_the_start_however_long_its_interval_is()
    {
        await using var app = await new App().Started();
        var probe = new ProbeJob(_ => Task.CompletedTask);
        using var job = probe.On(app.Services, Month);

        await job.StartAsync(Scenarios.Ct);

        await Eventual.Happens(() => probe.Runs > 0);
        await job.StopAsync(Scenarios.Ct);
        Assert.Equal(1, probe.Runs);
    }

    [Fact]
    public async Task Two_instances_run_a_job_once_in_each_period()
    {
        await using var app = await new App().Started();
        await using var other = await app.Another();
        var begun = new ConcurrentQueue<DateTimeOffset>();
        var probe = new ProbeJob(async _ => begun.Enqueue((await ProbeJob.Row(app))!.BegunAt));
        using var here = probe.On(app.Services, TimeSpan.FromSeconds(1));
        using var there = probe.On(other.Services, TimeSpan.FromSeconds(1));

        await Task.WhenAll(here.StartAsync(Scenarios.Ct), there.StartAsync(Scenarios.Ct));

        await Eventual.Happens(() => begun.Count >= 5);
        await Task.WhenAll(here.StopAsync(Scenarios.Ct), there.StopAsync(Scenarios.Ct));
        var periods = begun.Select(time => time.ToUnixTimeSeconds()).ToList();
        Assert.Equal(periods.Distinct(), periods);
    }

    [Fact]
    public async Task Of_twenty_attempts_at_once_on_two_instances_one_begins_the_first_run_and_one_the_next()
    {
        await using var app = await new App().Started();
        await using var other = await app.Another();

        for (var run = 0; run < 5; run++)
        {
            var begun = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
                RunsOf(i % 2 == 0 ? app : other).TryBegin(typeof(ProbeJob).FullName!, Month, Scenarios.Ct)));

            Assert.Single(begun, time => time is not null);
            await ProbeJob.Shift(app, ago: 2 * Month);
        }
    }

    [Fact]
    public async Task A_run_that_takes_longer_than_periods_is_not_begun_by_another_instance()
    {
        await using var app = await new App().Started();
        await using var other = await app.Another();
        var ready = new TaskCompletionSource();
        var probe = new ProbeJob(_ => ready.Task);
        using var here = probe.On(app.Services, TimeSpan.FromSeconds(1));
        using var there = probe.On(other.Services, TimeSpan.FromSeconds(1));
        await Task.WhenAll(here.StartAsync(Scenarios.Ct), there.StartAsync(Scenarios.Ct));
        await Eventual.Happens(() => probe.Runs > 0);
        var first = (await ProbeJob.Row(app))!;

        await Eventual.Happens(async () =>
            (await ProbeJob.Row(app))!.LeasedUntil > first.LeasedUntil + TimeSpan.FromSeconds(2));

        Assert.Equal(1, probe.Runs);
        Assert.Equal(first.BegunAt, (await ProbeJob.Row(app))!.BegunAt);
        ready.SetResult();
        await Eventual.Happens(() => probe.Runs > 1);
    }

    [PostgresFact]
    public async Task A_run_that_is_killed_is_repeated_by_another_instance_when_its_lease_has_ended()
    {
        await using var app = await new App { ["Jwt:SigningKeys:0"] = Apps.SigningKey }.Started();
        var (process, _) = await AppProcess.Start(
            new Dictionary<string, string>(Apps.ProductionSettings)
            {
                ["ConnectionStrings:Database"] = app.ConnectionString,
            },
            StartEndlessJob);
        await using (process)
        {
            await Eventual.Happens(async () => await ProbeJob.Row(app) is not null);
            await process.Kill();
        }

        var killed = (await ProbeJob.Row(app))!;
        var probe = new ProbeJob(_ => Task.CompletedTask);
        using var job = probe.On(app.Services, Month);
        await job.StartAsync(Scenarios.Ct);
        await Task.Delay(TimeSpan.FromSeconds(1), Scenarios.Ct);
        Assert.Equal(0, probe.Runs);
        Assert.InRange(killed.LeasedUntil!.Value, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddMinutes(5));

        await ProbeJob.Shift(app, ago: TimeSpan.FromMinutes(1));

        await Eventual.Happens(async () => (await ProbeJob.Row(app))!.SucceededAt is not null);
        Assert.Equal(1, probe.Runs);
    }

    [Fact]
    public async Task When_no_instance_was_up_the_missed_runs_are_caught_up_with_one()
    {
        await using var app = await new App().Started();
        await app.Query(db =>
        {
            db.Add(new JobRun { Job = typeof(ProbeJob).FullName!, BegunAt = DateTimeOffset.UtcNow - (3 * Month) });
            db.Add(new JobRun { Job = "A job of an older release", BegunAt = DateTimeOffset.UtcNow });

            return db.SaveChangesAsync(Scenarios.Ct);
        });
        var probe = new ProbeJob(_ => Task.CompletedTask);
        using var job = probe.On(app.Services, Month);

        await job.StartAsync(Scenarios.Ct);

        await Eventual.Happens(() => probe.Runs > 0);
        await Task.Delay(TimeSpan.FromSeconds(1), Scenarios.Ct);
        Assert.Equal(1, probe.Runs);
    }

    [Fact]
    public async Task A_run_from_the_time_when_the_clock_was_ahead_does_not_stop_the_job()
    {
        await using var app = await new App().Started();
        var (runs, job) = (RunsOf(app), typeof(ProbeJob).FullName!);

        await runs.TryBegin(job, Month, Scenarios.Ct);
        await ProbeJob.Shift(app, ago: -Month);
        var afterCrash = await runs.TryBegin(job, Month, Scenarios.Ct);
        await runs.Update(job, afterCrash!.Value, succeeded: true, Scenarios.Ct);
        await ProbeJob.Shift(app, ago: -Month);
        var afterSuccess = await runs.TryBegin(job, Month, Scenarios.Ct);

        Assert.NotNull(afterSuccess);
        Assert.Null(await runs.TryBegin(job, Month, Scenarios.Ct));
    }

    [Fact]
    public async Task A_failed_run_is_recorded_and_does_not_delay_the_next_period()
    {
        await using var app = await new App().Started();
        var probe = new ProbeJob(run => run == 1 ? throw new InvalidOperationException() : Task.CompletedTask);
        using var job = probe.On(app.Services, Month);
        await job.StartAsync(Scenarios.Ct);

        await Eventual.Happens(async () => await ProbeJob.Row(app) is { FailedAt: not null, SucceededAt: null });
        Assert.Null((await ProbeJob.Row(app))!.LeasedUntil);
        Assert.Equal(1, probe.Runs);
        await ProbeJob.Shift(app, ago: Month);

        await Eventual.Happens(async () =>
            await ProbeJob.Row(app) is { FailedAt: not null, SucceededAt: not null, LeasedUntil: null });
        Assert.Equal(2, probe.Runs);
    }

    [PostgresFact]
    public async Task The_clock_of_an_instance_does_not_matter()
    {
        await using var app = await new App().Started();
        var wrong = ActivatorUtilities.CreateInstance<JobRuns>(app.Services, new ClockOfNextYear());

        Assert.NotNull(await wrong.TryBegin(typeof(ProbeJob).FullName!, Month, Scenarios.Ct));

        var row = (await ProbeJob.Row(app))!;
        Assert.InRange(row.BegunAt, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    private static void StartEndlessJob(IEndpointRouteBuilder routes)
    {
        var probe = new ProbeJob(_ => Task.Delay(Timeout.Infinite));
        _ = probe.On(routes.ServiceProvider, Month).StartAsync(CancellationToken.None);
    }

    private static JobRuns RunsOf(App app) => app.Services.GetRequiredService<JobRuns>();

    private sealed class ClockOfNextYear : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddYears(1);
    }
}
