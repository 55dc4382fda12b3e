namespace ProdReadyTemplate.Tests;

/// <summary>A server for the tests of the scripts; each test has a database of its own.</summary>
public sealed class BackupServer : IAsyncLifetime
{
    internal PostgresServer Postgres { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (!BackupScripts.IsMissing)
        {
            Postgres = await PostgresServer.Start();
        }
    }

    public ValueTask DisposeAsync() => Postgres?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal async Task<BackupScripts> Scripts()
    {
        Assert.SkipWhen(BackupScripts.IsMissing, BackupScripts.Missing);

        return await BackupScripts.WithFiles(Postgres);
    }

    internal async Task<BackupScripts> BackedUp()
    {
        var scripts = await Scripts();
        (await scripts.Run("backup.sh")).Succeeded();

        return scripts;
    }
}
