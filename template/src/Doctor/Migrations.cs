using Npgsql;

namespace ProdReady.Doctor;

/// <summary>The database. Where none is configured, D300 is all there is to say.</summary>
internal static class Migrations
{
    private const string Query = """
        SELECT current_setting('server_version_num')::int / 10000, clock_timestamp(),
          rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication,
          has_database_privilege(current_database(), 'CREATE')
            OR coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
            OR EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE')),
          current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - (SELECT count(*)::int FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND datname <> current_database()),
          '0' IN (current_setting('statement_timeout'), current_setting('lock_timeout'))
        FROM pg_roles WHERE rolname = current_user
        """;

    public static Task[] Checks(Examination app)
    {
        Server? server = null;

        return string.IsNullOrEmpty(app.Configuration["ConnectionStrings:Database"]) ? [] :
        [
            app.Check("D301", async (_, _) => (server = await Ask(app)) is null, () =>
            [
                app.Check("D302", async (scope, ct) => string.Join(", ", await scope.GetRequiredService<AppDbContext>()
                    .Database.GetPendingMigrationsAsync(ct)), () =>
                [
                    app.Check("D203", Secrets.FindOldKey),
                    app.Check("D807", Backups.FindLostFile),
                ]),
                app.Check("D303", () => IsUnsupported(server!.Version, app.Now) ? server.Version : null),
                app.Check("D306", () => server!.IsAdministrator),
                app.Check("D307", () => server!.MayCreate && !server.IsAdministrator),
                app.Check("D308", () => server!.Offset > 5 ? $"{server.Offset:0}" : null),
                // Two instances, while a release replaces the one before; migrate, the backup and a person.
                app.Check("D309", () => PoolOf(app).MaxPoolSize is var pool && server!.Connections < (2 * pool) + 5
                    && !app.Settings<PoolerOptions>().Pooler
                    ? $"it has {server.Connections}, and each instance takes up to {pool}" : null),
                app.Check("D311", () => server!.MayRunForever),
            ]),
            app.Check("D304", () => IsRemote(app) && PoolOf(app).SslMode < SslMode.Require),
            app.Check("D305", () => IsRemote(app) && PoolOf(app).SslMode == SslMode.Require),
            app.Check("D310", () => app.Settings<DatabaseOptions>().Migrations is { Length: > 0 } migrations
                && new NpgsqlConnectionStringBuilder(migrations).Username == PoolOf(app).Username),
        ];
    }

    /// <summary>PostgreSQL 18 gets fixes until November 2030, and each version a year longer than the last.</summary>
    public static bool IsUnsupported(int version, DateTimeOffset now) =>
        now >= new DateTimeOffset(2012 + version, 12, 1, 0, 0, 0, TimeSpan.Zero);

    private static async Task<Server> Ask(Examination app)
    {
        await using var command = app.Get<NpgsqlDataSource>().CreateCommand(Query);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        var offset = (row.GetFieldValue<DateTimeOffset>(1) - app.Now).Duration().TotalSeconds;

        return new(row.GetInt32(0), offset, row.GetBoolean(2), row.GetBoolean(3), row.GetInt32(4),
            row.GetBoolean(5));
    }

    private static bool IsRemote(Examination app) => LockedEndpoints.IsRemote(PoolOf(app).Host!);

    private static NpgsqlConnectionStringBuilder PoolOf(Examination app) =>
        new(app.Get<NpgsqlDataSource>().ConnectionString);

    private sealed record Server(
        int Version, double Offset, bool IsAdministrator, bool MayCreate, int Connections, bool MayRunForever);
}
