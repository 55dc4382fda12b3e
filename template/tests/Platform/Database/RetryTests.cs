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

/// <summary>Races, deadlocks and broken connections: what is retried, and what becomes 409 or 503.</summary>
public sealed class RetryTests
{
    private static readonly TaskCompletionSource Met = new();
    private static int arrived;

    [Fact]
    public async Task Of_concurrent_inserts_of_the_same_name_one_succeeds_and_the_others_are_409()
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
    public async Task A_deadlock_is_retried()
    {
        await using var app = await new App { Routes = MapRefused }.Started();
        await using var other = await app.Another();
        var emails = new[] { await app.ConfirmedUser(), await app.ConfirmedUser() };
        var clients = new[] { app.CreateClient(), other.CreateClient() };

        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(i =>
            clients[i].Post($"/probe/deadlock?first={emails[i]}&second={emails[1 - i]}")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var runs = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync(Scenarios.Ct)));
        // The second attempt of one can be quicker than the first of the other, which is then retried as well.
        Assert.Contains(runs, run => run != "1");
        Assert.Equal(["++", "++"], await app.Query(db =>
            db.Users.Select(user => user.SecurityStamp!.Substring(32)).ToListAsync(Scenarios.Ct)));
    }

    [PostgresFact]
    public async Task A_serialization_failure_that_persists_is_503_and_a_warning()
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
    public Task A_connection_that_breaks_during_a_save_creates_nothing_twice() =>
        MakesOneThing(new BreaksOnce { When = "in the save" });

    [PostgresFact]
    public Task A_connection_that_breaks_during_the_commit_creates_nothing_twice() =>
        MakesOneThing(new BreaksOnce { When = "during the commit" });

    [PostgresFact]
    public Task A_connection_that_breaks_between_two_commands_creates_nothing_twice() =>
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
                Scenarios.Ct);
        });
        probe.MapPost("/never-serializable", (AppDbContext db) => db.Database.ExecuteSqlAsync(
            $"DO $$ BEGIN RAISE EXCEPTION 'never' USING ERRCODE = '40001'; END $$", Scenarios.Ct));
    }

    // Each transaction has locked one row and needs the other's. A retry does not wait here.
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
        await db.SaveChangesAsync(Scenarios.Ct);
    }

    private static Task Touch(AppDbContext db, string email) => db.Users
        .Where(user => user.Email == email)
        .ExecuteUpdateAsync(
            set => set.SetProperty(user => user.SecurityStamp, user => user.SecurityStamp + "+"), Scenarios.Ct);

    private sealed class BreaksOnce : ISaveChangesInterceptor, IDbTransactionInterceptor
    {
        public bool IsDue { get; set; }

        /// <summary>During the commit: the database has committed, and the client does not get the response.</summary>
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
            if (IsNow("during the commit"))
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
