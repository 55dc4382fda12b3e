using System.Data.Common;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Accounts;

/// <summary>Two calls of one client with one refresh token, on two instances.</summary>
public sealed class RefreshRaceTests
{
    [Fact]
    public async Task A_call_that_its_twins_have_overtaken_is_no_theft()
    {
        var pause = new PauseBetweenStatements();
        await using var slow = await new App
        {
            Replace = services => services.ConfigureDbContext<AppDbContext>(options => options.AddInterceptors(pause)),
        }.Started();
        await using var quick = await slow.Another();
        using var session = await slow.SignedIn(await slow.ConfirmedUser());
        using var twin = session.On(quick);

        pause.IsArmed = true;
        var overtaken = session.Client.Refresh(session.RefreshToken);
        await pause.Begun.Task;
        var newest = session.RefreshToken;
        for (var i = 0; i < 4; i++)
        {
            newest = (await (await twin.Refresh(newest)).Json()).Text("refreshToken");
        }

        pause.End.SetResult();

        var answered = (await (await overtaken).Json()).Text("refreshToken");
        Assert.Equal(HttpStatusCode.OK, (await session.Client.Refresh(answered)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await twin.Refresh(newest)).StatusCode);
        Assert.True(await session.Client.IsSignedIn());
        Assert.DoesNotContain("refresh-token-reused", slow.Log.SecurityEvents);
    }

    /// <summary>Stops the first refresh before its second statement.</summary>
    private sealed class PauseBetweenStatements : DbCommandInterceptor
    {
        private int statements;

        public bool IsArmed { get; set; }

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData data, InterceptionResult<int> result, CancellationToken ct)
        {
            await Pause(command, ct);

            return result;
        }

        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData data, InterceptionResult<DbDataReader> result, CancellationToken ct)
        {
            await Pause(command, ct);

            return result;
        }

        private async Task Pause(DbCommand command, CancellationToken ct)
        {
            if (IsArmed && command.CommandText.Contains("generation") && Interlocked.Increment(ref statements) == 2)
            {
                Begun.SetResult();
                await End.Task.WaitAsync(ct);
            }
        }
    }
}
