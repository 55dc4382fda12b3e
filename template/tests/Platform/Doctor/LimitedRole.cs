using Npgsql;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>A role that reads and writes rows, as deploy/create-roles.sh makes it, in a database of its own.</summary>
internal sealed class LimitedRole : IAsyncDisposable
{
    private readonly string name = $"doctor_{Guid.NewGuid():N}";
    private readonly string password = $"{Guid.NewGuid():N}";
    private readonly string database;

    private LimitedRole(string database) => this.database = database;

    public string ConnectionString => new NpgsqlConnectionStringBuilder(TestPostgres.WithoutTimeouts(database))
    {
        Username = name,
        Password = password,
        MaxPoolSize = 2,
        // Longer than on an idle machine: other tests run at the same time.
        Timeout = 10,
    }.ConnectionString;

    /// <summary>Skips the test if the user in TEST_POSTGRES may not create roles.</summary>
    public static async Task<LimitedRole> Create()
    {
        var role = new LimitedRole(await TestPostgres.CreateMigratedDatabase());
        Output.KeepSecret("password of a role", role.password);
        try
        {
            await role.Execute($"CREATE ROLE {role.name} LOGIN PASSWORD '{role.password}'");
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            Assert.Skip("Needs a user in TEST_POSTGRES who may create roles.");
        }

        await role.Execute($"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role.name}");

        return role;
    }

    public Task LetChangeTheSchema() => Execute($"GRANT CREATE ON SCHEMA public TO {name}");

    public async ValueTask DisposeAsync()
    {
        // With the grants in it.
        await TestPostgres.DropDatabase(database);
        await TestPostgres.Execute($"DROP ROLE {name}");
    }

    private Task Execute(string sql) => TestPostgres.Execute(sql, database);
}
