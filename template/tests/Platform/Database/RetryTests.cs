using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

/// <summary>What the database refuses: at this moment, or because somebody else was quicker.</summary>
public sealed class RetryTests
{
    private static readonly TaskCompletionSource Met = new();
    private static int arrived;

    [Fact]
    public async Task Of_several_who_take_the_same_name_one_gets_it_and_the_others_409()
    {
        await using var app = await new App { Routes = MapRefused }.Started();
        using var client = app.CreateClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.Post("/probe/names")));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
        {
            await refused.ShouldBe(HttpStatusCode.Conflict, "conflict");
        }
    }

    [PostgresFact]
    public async Task Who_locks_two_rows_in_opposite_order_is_tried_again()
    {
        await using var app = await new App { Routes = MapRefused }.Started();
        await using var other = await app.Another();
        var emails = new[] { await app.ConfirmedUser(), await app.ConfirmedUser() };
        var clients = new[] { app.CreateClient(), other.CreateClient() };

        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(i =>
            clients[i].Post($"/probe/deadlock?first={emails[i]}&second={emails[1 - i]}")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var runs = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync(Stories.Ct)));
        Assert.Equal(["1", "2"], runs.Order());
        Assert.Equal([2, 2], await app.Query(db =>
            db.Users.Select(user => user.AccessFailedCount).ToListAsync(Stories.Ct)));
    }

    [PostgresFact]
    public async Task What_stays_impossible_is_503_and_no_error_of_ours()
    {
        await using var app = await new App { Routes = MapRefused }.Started();
        using var client = app.CreateClient();

        var response = await client.Post("/probe/never-serializable");

        var problem = await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.NotNull(response.Headers.RetryAfter);
        var line = Assert.Single(app.Log.Of(problem.Text("traceId")), line => line.Exception is not null);
        Assert.Equal(LogEventLevel.Warning, line.Level);
        Assert.Contains("40001", line.Exception!.ToString());
    }

    [PostgresFact]
    public Task A_connection_that_breaks_while_it_saves_makes_nothing_twice() =>
        MakesOneThing(new BreaksOnce { When = "in the save" });

    [PostgresFact]
    public Task A_connection_that_breaks_over_the_commit_makes_nothing_twice() =>
        MakesOneThing(new BreaksOnce { When = "over the commit" });

    [PostgresFact]
    public Task A_connection_that_breaks_between_two_commands_makes_nothing_twice() =>
        MakesOneThing(new BreaksOnce { When = "after the save" });

    private static async Task MakesOneThing(BreaksOnce interruption)
    {
        await using var app = await new App
        {
            Routes = SampleResource.Map,
            Replace = services => services.ConfigureDbContext<AppDbContext>(
                options => options.AddInterceptors(interruption)),
        }.Started();
        using var client = await app.SignedInClient();

        interruption.IsDue = true;
        var answer = await client.CreateSample("k", "once");

        Assert.False(interruption.IsDue);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(1, await app.CountSamples("once"));
    }

    private static void MapRefused(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapPost("/names", TakeName);
        probe.MapPost("/deadlock", (string first, string second, AppDbContext db) =>
        {
            var runs = 0;

            return db.InTransaction(
                async () =>
                {
                    runs++;
                    await Touch(db, first);
                    await BothHaveOne();
                    await Touch(db, second);

                    return runs;
                },
                Stories.Ct);
        });
        probe.MapPost("/never-serializable", (AppDbContext db) => db.Database.ExecuteSqlAsync(
            $"DO $$ BEGIN RAISE EXCEPTION 'never' USING ERRCODE = '40001'; END $$", Stories.Ct));
    }

    // Each holds one row now and is about to ask for the other's. A second attempt finds the meeting over.
    private static Task BothHaveOne()
    {
        if (Interlocked.Increment(ref arrived) == 2)
        {
            Met.SetResult();
        }

        return Met.Task;
    }

    private static async Task TakeName(AppDbContext db)
    {
        var user = User.Register("ada@example.com", "", DateTimeOffset.UtcNow);
        user.NormalizedUserName = user.NormalizedEmail = "ADA@EXAMPLE.COM";
        db.Users.Add(user);
        await db.SaveChangesAsync(Stories.Ct);
    }

    private static Task Touch(AppDbContext db, string email) => db.Users
        .Where(user => user.Email == email)
        .ExecuteUpdateAsync(
            set => set.SetProperty(user => user.AccessFailedCount, user => user.AccessFailedCount + 1), Stories.Ct);

    private sealed class BreaksOnce : ISaveChangesInterceptor, IDbTransactionInterceptor
    {
        public bool IsDue { get; set; }

        /// <summary>Over the commit: the database has committed, and its client does not hear of it.</summary>
        public required string When { get; init; }

        public ValueTask<InterceptionResult<int>> SavingChangesAsync(
            DbContextEventData eventData, InterceptionResult<int> result, CancellationToken ct)
        {
            if (IsNow("in the save"))
            {
                Break();
            }

            return ValueTask.FromResult(result);
        }

        public async ValueTask<int> SavedChangesAsync(
            SaveChangesCompletedEventData eventData, int result, CancellationToken ct)
        {
            if (IsNow("after the save"))
            {
                await Assert.ThrowsAnyAsync<DbException>(() => eventData.Context!.Database.ExecuteSqlAsync(
                    $"SELECT pg_terminate_backend(pg_backend_pid())", ct));
            }

            return result;
        }

        public Task TransactionCommittedAsync(
            DbTransaction transaction, TransactionEndEventData eventData, CancellationToken ct)
        {
            if (IsNow("over the commit"))
            {
                Break();
            }

            return Task.CompletedTask;
        }

        private bool IsNow(string moment)
        {
            var isNow = IsDue && When == moment;
            IsDue &= !isNow;

            return isNow;
        }

        private static void Break() => throw new NpgsqlException("The connection is broken.", new IOException());
    }
}
