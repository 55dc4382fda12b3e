using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProdReady.Application;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Jobs;

public sealed class PeriodicJobTests
{
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
        var probe = new ProbeJob(run => run == 1 ? Task.FromException(failure) : Task.CompletedTask);
        await using var app = new App
        {
            Replace = services => services.AddSingleton<IHostedService>(provider =>
                probe.On(provider, TimeSpan.FromSeconds(1))),
        };
        await app.InitializeAsync();

        // It goes on, and by then the first run is logged.
        await Eventual.Happens(() => probe.Runs > 1);

        return [.. app.Log.Lines.Where(line => line.RenderMessage().Contains(nameof(ProbeJob)))];
    }

    private sealed class DatabaseException(bool isTransient) : DbException
    {
        public override bool IsTransient => isTransient;
    }
}
