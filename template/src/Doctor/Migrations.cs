using Npgsql;

namespace ProdReady.Doctor;

/// <summary>The database. Where none is configured, D300 is all there is to say.</summary>
internal static class Migrations
{
    // While a release replaces the one before; and for migrate, the backup and a person.
    private const int Instances = 2;
    private const int OtherConnections = 5;

    private const string Query = """
        SELECT current_setting('server_version_num')::int / 10000, clock_timestamp(),
          rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication,
          has_database_privilege(current_database(), 'CREATE')
            OR coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
            OR EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE')),
          current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - (SELECT count(*)::int FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND datname <> current_database())
        FROM pg_roles WHERE rolname = current_user
        """;

    public static Check[] Checks(ExaminedApp app)
    {
        if (string.IsNullOrEmpty(app.Configuration["ConnectionStrings:Database"]))
        {
            return [];
        }

        var server = new Lazy<Task<Server>>(() => Ask(app));

        return
        [
            new("D301", async _ => await server.Value is null ? "" : null),
            new("D302", ct => FindPending(app, ct), After: "D301"),
            Of("D303", found => IsUnsupported(found.Version, app.Now) ? $"{found.Version}" : null),
            new("D304", () => IsRemote(app) && App(app).SslMode < SslMode.Require),
            new("D305", () => IsRemote(app) && App(app).SslMode == SslMode.Require),
            Of("D306", found => found.IsAdministrator ? "" : null),
            Of("D307", found => found.MayCreate && !found.IsAdministrator ? "" : null),
            Of("D308", found => found.Offset > TimeSpan.FromSeconds(5) ? $"{found.Offset.TotalSeconds:0}" : null),
            Of("D309", found => found.Connections < (Instances * Pool(app)) + OtherConnections
                ? $"it has {found.Connections}, and each instance takes up to {Pool(app)}"
                : null),
            new("D310", () => app.Settings<DatabaseOptions>().Migrations is { Length: > 0 } migrations
                && new NpgsqlConnectionStringBuilder(migrations).Username == App(app).Username),
        ];

        Check Of(string id, Func<Server, string?> find) => new(id, async _ => find(await server.Value), After: "D301");
    }

    /// <summary>PostgreSQL 18 gets fixes until November 2030, and each version a year longer than the last.</summary>
    public static bool IsUnsupported(int version, DateTimeOffset now) =>
        now >= new DateTimeOffset(2012 + version, 12, 1, 0, 0, 0, TimeSpan.Zero);

    private static async Task<Server> Ask(ExaminedApp app)
    {
        await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(Query);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        var offset = row.GetFieldValue<DateTimeOffset>(1) - app.Now;

        return new(row.GetInt32(0), offset.Duration(), row.GetBoolean(2), row.GetBoolean(3), row.GetInt32(4));
    }

    private static async Task<string?> FindPending(ExaminedApp app, CancellationToken ct)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<AppDbContext>().Database;

        return await database.GetPendingMigrationsAsync(ct) is var pending && pending.Any()
            ? string.Join(", ", pending)
            : null;
    }

    private static int Pool(ExaminedApp app) => new NpgsqlConnectionStringBuilder(
        app.Services.GetRequiredService<NpgsqlDataSource>().ConnectionString).MaxPoolSize;

    private static NpgsqlConnectionStringBuilder App(ExaminedApp app) =>
        new(app.Settings<DatabaseOptions>().Database);

    private static bool IsRemote(ExaminedApp app) => LockedEndpoints.IsRemote(App(app).Host!);

    private sealed record Server(int Version, TimeSpan Offset, bool IsAdministrator, bool MayCreate, int Connections);
}
