using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace ProdReadyTemplate.Tests;

/// <summary>deploy/compose.yml of a generated project, as deploy.sh starts it, with its ports.</summary>
internal sealed class DockerStack(DockerProject made, DockerEngine docker)
{
    /// <summary>The first name is that of the smoke test. Caddy signs certificates for .local by itself.</summary>
    public const string Host = "app.local";
    public const string SecondHost = "load.local";

    /// <summary>What compose names containers and volumes after.</summary>
    public const string Name = "app-local";

    /// <summary>A setting of app.env: the one failure that doctor finds.</summary>
    public const string Accepted = "Doctor__Accepted__0=D701=there is no mail server";

    private const string Password = "correct horse battery staple";

    /// <summary>Removes what another test has made.</summary>
    public Task Clear() => made.Shell("cd deploy && rm -f app.env .env release previous unfinished");

    /// <summary>Makes app.env for these two names.</summary>
    /// <param name="settings">More settings.</param>
    public async Task Prepare(params string[] settings)
    {
        await docker.StandInsFor(made.Project, "deploy/compose.yml");
        await Clear();
        await Cli.Run(
            made.Project.Folder,
            [],
            Path.Combine(made.Project.Folder, "deploy", "settings.sh"),
        [
            Host, $"SITE={Host}, {SecondHost}", $"AllowedHosts={Host};{SecondHost}",
            "RESTIC_REPOSITORY=/var/lib/backup/repository", "Smtp__Host=mail.invalid", "PwnedPasswords__Enabled=false",
            Accepted, .. settings,
        ]);
        await UseNetworkOfThisMachine();
    }

    /// <summary>For builds, which reach the registry of packages there.</summary>
    public Task UseNetworkOfThisMachine() => made.Write(
        "deploy/compose.yml",
        made.Project.Read("deploy/compose.yml").Replace(
            "build: backup\n", "build: { context: backup, network: host }\n"));

    public Deployment Deploy(string argument, string settings = "") =>
        new(docker.Variables, made.Project.Folder, settings, argument);

    public Task<string> Compose(params string[] args) =>
        made.Docker(["compose", "-f", "deploy/compose.yml", .. args]);

    /// <summary>Runs SQL as the administrator.</summary>
    public Task<string> Sql(string statement) =>
        Compose("exec", "-T", "db", "psql", "-U", "postgres", "-d", "app", "-Atqc", statement);

    /// <summary>The images of the instances that run.</summary>
    public async Task<string[]> Serving()
    {
        var images = await made.Docker(
            "ps", "--filter", "name=_app-[ab]_", "--format", "{{.Image}}", "--no-trunc", "--filter", "status=running");

        return images.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public string? Content(string file)
    {
        var path = Path.Combine(made.Project.Folder, "deploy", file);

        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    /// <summary>On a machine that gives the address of a proxy to the internet to each new container.</summary>
    public async Task RecreateProxy()
    {
        var config = Path.Combine(docker.Variables["DOCKER_CONFIG"]!, "config.json");
        await File.WriteAllTextAsync(
            config, """{ "proxies": { "default": { "httpProxy": "http://127.0.0.1:9" } } }""");
        await Compose("up", "--detach", "--no-deps", "--force-recreate", "proxy");
        File.Delete(config);
    }

    /// <summary>A client that connects to the proxy by its real name, on https.</summary>
    public static HttpClient Client(string host)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync("127.0.0.1", 443, ct);

                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };

        return new HttpClient(handler) { BaseAddress = new Uri($"https://{host}") };
    }

    /// <summary>A client of a user, whose address is confirmed in the database: there is no mail server.</summary>
    public async Task<HttpClient> SignedIn()
    {
        var client = Client(SecondHost);
        var credentials = new { email = "ada@example.com", password = Password };
        (await client.PostAsJsonAsync("/api/v1/auth/register", credentials)).EnsureSuccessStatusCode();
        await Sql("UPDATE users SET email_confirmed = true; DELETE FROM outbox_emails");
        var answer = await client.PostAsJsonAsync("/api/v1/auth/login", credentials);
        var tokens = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString());

        return client;
    }
}
