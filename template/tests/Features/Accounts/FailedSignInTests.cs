using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Accounts;

/// <summary>The database does the same work for every cause, so the response time does not tell them apart.</summary>
public sealed class FailedSignInTests
{
    private const string Wrong = "a wrong guess";

    [Fact]
    public async Task A_failed_sign_in_takes_the_same_statements_and_commits_for_every_cause()
    {
        var statements = new Statements();
        await using var app = await new App { Replace = statements.Record }.Started();
        using var client = app.CreateClient();
        var unconfirmed = Scenarios.NewAddress();
        await client.SignUp(unconfirmed);
        var known = await app.ConfirmedUser();
        var disabled = await app.ConfirmedUser();
        var locked = await app.ConfirmedUser();
        for (var i = 0; i < 10; i++)
        {
            await client.LogIn(locked, Wrong);
        }

        await app.Query(db => db.Users.Where(user => user.Email == disabled).ExecuteUpdateAsync(
            set => set.SetProperty(user => user.DisabledAt, DateTimeOffset.UtcNow), Scenarios.Ct));

        var unknown = Scenarios.NewAddress();
        (string Email, string Password)[] causes =
        [
            (unknown, Wrong), (unknown, Wrong), (known, Wrong), (known, Wrong), (unconfirmed, Wrong),
            (unconfirmed, Scenarios.Password), (locked, Wrong), (locked, Scenarios.Password), (disabled, Wrong),
            (disabled, Scenarios.Password),
        ];
        var seen = new List<string>();
        foreach (var (email, password) in causes)
        {
            seen.Add(string.Join(";\n", await statements.Of(() => client.LogIn(email, password))));
        }

        Assert.Single(seen.Distinct());
        Assert.Contains("COMMIT", seen[0]);
    }

    /// <summary>Records the statements of requests; those of background jobs belong to no request.</summary>
    private sealed class Statements : DbCommandInterceptor, IDbTransactionInterceptor, IStartupFilter
    {
        private readonly AsyncLocal<bool> isRequest = new();
        private List<string> recorded = [];

        public void Record(IServiceCollection services) => services
            .ConfigureDbContext<AppDbContext>(options => options.AddInterceptors(this))
            .AddSingleton<IStartupFilter>(this);

        public async Task<List<string>> Of(Func<Task> call)
        {
            recorded = [];
            await call();

            return recorded;
        }

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                isRequest.Value = true;

                return following(context);
            });
            next(app);
        };

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<DbDataReader> result,
            CancellationToken cancellationToken = default)
        {
            Add(command.CommandText);

            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<int> result,
            CancellationToken cancellationToken = default)
        {
            Add(command.CommandText);

            return ValueTask.FromResult(result);
        }

        public ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction,
            TransactionEventData eventData,
            InterceptionResult result,
            CancellationToken cancellationToken = default)
        {
            Add("COMMIT");

            return ValueTask.FromResult(result);
        }

        private void Add(string statement)
        {
            if (isRequest.Value)
            {
                recorded.Add(statement);
            }
        }
    }
}
