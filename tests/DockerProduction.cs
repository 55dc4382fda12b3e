using System.Security.Cryptography;

namespace ProdReadyTemplate.Tests;

/// <summary>The image with what it needs in production, and with the flags of docs/container.md.</summary>
internal sealed class DockerProduction(DockerProject made)
{
    public const string Host = "app.example";

    private static readonly string[] Flags =
    [
        "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--memory", "512m", "--pids-limit", "256", "--user", "1654",
        "--network", "production", "--env-file", "app.env", "--volume", "uploads:/data",
    ];

    /// <summary>Starts a new database, mail server and volume.</summary>
    public static async Task<DockerProduction> Start(DockerProject made)
    {
        await made.Try("rm", "--force", "--volumes", "db", "mailpit", "first", "second", "loaded");
        await made.Try("volume", "rm", "uploads");
        await made.Try("network", "create", "production");
        var images = StandIns.ImagesIn(made.Project.Read("docker-compose.yml")).ToList();
        await made.Docker(
            "run", "--detach", "--name", "db", "--network", "production", "--env", "POSTGRES_USER=app",
            "--env", "POSTGRES_PASSWORD=secret", images.Single(image => image.StartsWith("postgres")));
        await made.Docker(
            "run", "--detach", "--name", "mailpit", "--network", "production", "--publish", "127.0.0.1::8025",
            images.Single(image => image.Contains("mailpit")));
        await made.Docker(
            "exec", "db", "sh", "-c", "until pg_isready -q -h 127.0.0.1 -U app; do sleep 0.2; done");
        await made.Write("app.env", $"""
            {Settings("mailpit")}
            ConnectionStrings__Database=Host=db;Database=app;Username=app;Password=secret
            """);

        return new DockerProduction(made);
    }

    /// <summary>The settings that production needs, but for the database.</summary>
    /// <param name="mail">The host of the mail server.</param>
    public static string Settings(string mail) => $"""
        App__PublicUrl=https://{Host}
        AllowedHosts={Host}
        Jwt__SigningKeys__0={Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))}
        Smtp__Host={mail}
        Smtp__Port=1025
        Smtp__UseTls=false
        Smtp__From=noreply@{Host}
        PwnedPasswords__Enabled=false
        """;

    /// <summary>Runs a command to its end.</summary>
    public Task<(int ExitCode, string Output)> Command(string command) =>
        made.Try(["run", "--rm", .. Flags, DockerProject.Image, command]);

    /// <summary>Migrates and serves.</summary>
    /// <param name="name">The name of the container.</param>
    /// <param name="more">More arguments of docker run.</param>
    public async Task<HttpClient> Serve(string name, params string[] more)
    {
        Assert.Equal(0, (await Command("migrate")).ExitCode);
        await made.Docker(
        [
            "run", "--detach", "--name", name, .. Flags, "--publish", "127.0.0.1::8080", .. more, DockerProject.Image,
        ]);
        var client = await made.Client(name, 8080, Host);
        await made.UntilReady(name, client);

        return client;
    }

    /// <summary>A user who has signed up.</summary>
    public async Task<Visitor> Visitor(HttpClient client)
    {
        var visitor = new Visitor(Mailboxes.Mailpit(await made.Client("mailpit", 8025)));
        await visitor.SignUp(client);

        return visitor;
    }
}
