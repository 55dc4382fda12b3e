using Npgsql;

namespace ProdReadyTemplate.Tests;

/// <summary>The PostgreSQL server in TEST_POSTGRES. Without it the tests that need it are skipped.</summary>
internal static class Postgres
{
    public const string Missing = "Needs PostgreSQL: set TEST_POSTGRES to the connection string of a server.";

    public static string ConnectionString { get; } = Environment.GetEnvironmentVariable("TEST_POSTGRES") ?? "";

    public static bool IsAvailable => ConnectionString.Length > 0;

    public static async Task<string> CreateDatabase()
    {
        var database = $"template_{Guid.NewGuid():N}";
        await Execute($"CREATE DATABASE {database}");

        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database }.ConnectionString;
    }

    public static Task DropDatabase(string connectionString) => Execute(
        $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    public static async Task<bool> MayCreateRoles() => await Execute(
        "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user") is true;

    public static async Task<object?> Execute(string sql)
    {
        var server = new NpgsqlConnectionStringBuilder(ConnectionString);
        server.Database ??= "postgres";
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand(sql);

        return await command.ExecuteScalarAsync();
    }
}
