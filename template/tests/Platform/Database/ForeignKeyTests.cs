using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

/// <summary>A foreign key refuses an insert that lost a race (409), or a delete without a cascade (500).</summary>
public sealed class ForeignKeyTests
{
    private const string ForeignKey = "fk_sessions_users_user_id";

    //#if (Sqlite)
    [Fact]
    public Task On_SQLite_a_delete_without_a_cascade_is_500_and_the_log_names_the_constraint() =>
        DeleteIsAnError(WithoutCascade<NoAction>(isEmbedded: true));

    [Fact]
    public Task On_SQLite_a_restricted_delete_is_500_and_the_log_names_the_constraint() =>
        DeleteIsAnError(WithoutCascade<Restrict>(isEmbedded: true));

    [Fact]
    public Task On_SQLite_an_insert_that_refers_to_a_deleted_row_is_409() =>
        InsertIsAConflict(WithoutCascade<NoAction>(isEmbedded: true));

    //#endif
    [PostgresFact]
    public Task On_PostgreSQL_a_delete_without_a_cascade_is_500_and_the_log_names_the_constraint() =>
        DeleteIsAnError(WithoutCascade<NoAction>(isEmbedded: false));

    [PostgresFact]
    public Task On_PostgreSQL_an_insert_that_refers_to_a_deleted_row_is_409() =>
        InsertIsAConflict(WithoutCascade<NoAction>(isEmbedded: false));

    private static async Task DeleteIsAnError(App notStarted)
    {
        await using var app = await Started(notStarted);
        var email = await app.ConfirmedUser();
        using var client = app.CreateClient();
        await client.SignIn(email);

        var response = await client.Post($"/probe/delete?email={email}");

        var problem = await response.ShouldBe(HttpStatusCode.InternalServerError, "internal-error");
        var line = Assert.Single(app.Log.Of(problem.Text("traceId")), line => line.Level == LogEventLevel.Error);
        Assert.Contains(ForeignKey, line.Exception!.Message);
        Assert.Contains("OnDelete(DeleteBehavior.Cascade)", line.Exception.Message);
    }

    // The delete in the same batch is one that the database accepts.
    private static async Task InsertIsAConflict(App notStarted)
    {
        await using var app = await Started(notStarted);
        var email = await app.ConfirmedUser();
        using var client = app.CreateClient();

        var response = await client.Post($"/probe/insert?email={email}");

        await response.ShouldBe(HttpStatusCode.Conflict, "conflict");
        Assert.Equal(1, await app.Query(db => db.Users.CountAsync(Scenarios.Ct)));
    }

    private static App WithoutCascade<TModel>(bool isEmbedded)
        where TModel : NoCascade
    {
        var app = new App
        {
            Routes = Map,
            Replace = services => services.ConfigureDbContext<AppDbContext>(
                options => options.ReplaceService<IModelCustomizer, TModel>()),
        };
        if (isEmbedded)
        {
            app["ConnectionStrings:Database"] = "";
        }

        return app;
    }

    // The tables of PostgreSQL come from the migrations, which have the cascade.
    private static async Task<App> Started(App app)
    {
        await app.InitializeAsync();
        await app.Query(async db => db.Database.IsNpgsql()
            && await db.Database.ExecuteSqlAsync(
                $"""
                ALTER TABLE sessions
                    DROP CONSTRAINT fk_sessions_users_user_id,
                    ADD CONSTRAINT fk_sessions_users_user_id FOREIGN KEY (user_id) REFERENCES users (id)
                """,
                Scenarios.Ct) != 0);

        return app;
    }

    private static void Map(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapPost("/delete", async (string email, AppDbContext db) =>
        {
            db.Remove(await db.Users.SingleAsync(user => user.Email == email, Scenarios.Ct));
            await db.SaveChangesAsync(Scenarios.Ct);
        });
        probe.MapPost("/insert", async (string email, AppDbContext db) =>
        {
            var nowhere = new Device(IpAddress: null, UserAgent: null);
            db.Remove(await db.Users.SingleAsync(user => user.Email == email, Scenarios.Ct));
            db.Add(Session.Start(Guid.NewGuid(), nowhere, DateTimeOffset.UtcNow, TimeSpan.FromDays(1)));
            await db.SaveChangesAsync(Scenarios.Ct);
        });
    }

    private sealed class NoAction(ModelCustomizerDependencies dependencies)
        : NoCascade(dependencies, DeleteBehavior.NoAction);

    private sealed class Restrict(ModelCustomizerDependencies dependencies)
        : NoCascade(dependencies, DeleteBehavior.Restrict);

    private abstract class NoCascade(ModelCustomizerDependencies dependencies, DeleteBehavior behavior)
        : RelationalModelCustomizer(dependencies)
    {
        public override void Customize(ModelBuilder model, DbContext context)
        {
            base.Customize(model, context);
            model.Entity<Session>().HasOne<User>().WithMany().HasForeignKey(session => session.UserId)
                .OnDelete(behavior);
        }
    }
}
