using Npgsql;

namespace ProdReadyTemplate.Tests;

/// <summary>The PostgreSQL that TEST_POSTGRES names. Without it, what needs one is skipped and says so.</summary>
internal static class Postgres
{
    public const string Missing = "Needs PostgreSQL: set TEST_POSTGRES to the connection string of a server.";

    public static string ConnectionString { get; } = Environment.GetEnvironmentVariable("TEST_POSTGRES") ?? "";

    public static bool IsAvailable => ConnectionString.Length > 0;

    public static async Task<string> CreateDatabase()
    {
        var database = $"template_{Guid.NewGuid():N}";
        var server = new NpgsqlConnectionStringBuilder(ConnectionString);
        server.Database ??= "postgres";
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand($"CREATE DATABASE {database}");
        await command.ExecuteNonQueryAsync();

        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database }.ConnectionString;
    }
}
