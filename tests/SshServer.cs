using System.Diagnostics;
using System.Net.Sockets;

namespace ProdReadyTemplate.Tests;

/// <summary>OpenSSH's server on a loopback port, with a docker that only notes how it was called.</summary>
internal sealed class SshServer : IAsyncDisposable
{
    public const string Missing = "Needs OpenSSH's server.";

    private const string Program = "/usr/sbin/sshd";

    private readonly string folder = Directory.CreateTempSubdirectory("ssh-").FullName;
    private readonly int port = Project.FreePort();
    private Process process = null!;

    public static bool IsMissing { get; } = !OperatingSystem.IsLinux() || !File.Exists(Program);

    /// <summary>The folder that contains deploy/ on the server.</summary>
    public string App => In("app");

    /// <summary>How docker was called: its arguments, and the token that it got.</summary>
    public string Docker => File.Exists(In("docker.log")) ? File.ReadAllText(In("docker.log")) : "";

    public static async Task<SshServer> Start()
    {
        var server = new SshServer();
        await server.Prepare();

        return server;
    }

    public string In(string name) => Path.Combine(folder, name);

    /// <summary>What send.sh needs, as the workflow sets it.</summary>
    public Dictionary<string, string?> Variables() => new()
    {
        ["DEPLOY_HOST"] = "127.0.0.1",
        ["DEPLOY_PORT"] = $"{port}",
        ["DEPLOY_USER"] = Environment.UserName,
        ["DEPLOY_PATH"] = App,
        ["DEPLOY_KEY"] = File.ReadAllText(In("client")),
        ["DEPLOY_KNOWN_HOSTS"] = KnownHosts("host"),
        ["REGISTRY_USER"] = "octocat",
        ["REGISTRY_TOKEN"] = "token-must-not-be-logged",
        ["TMPDIR"] = In("tmp"),
        ["HOME"] = In("home"),
    };

    public string KnownHosts(string key) => $"[127.0.0.1]:{port} {File.ReadAllText(In($"{key}.pub"))}";

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task Prepare()
    {
        foreach (var key in new[] { "host", "other", "client" })
        {
            await Cli.Run(folder, [], "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", In(key));
        }

        foreach (var name in new[] { "bin", "tmp", "home" })
        {
            Directory.CreateDirectory(In(name));
        }

        await Script("bin/docker", """
            echo "docker $*, token $(cat)" >>"$FOLDER/docker.log"
            echo "$DOCKER_CONFIG" >"$FOLDER/docker.config"
            [ -d "$DOCKER_CONFIG" ]
            """);
        await File.WriteAllTextAsync(In("sshd_config"), $"""
            ListenAddress 127.0.0.1:{port}
            HostKey {In("host")}
            AuthorizedKeysFile {In("client.pub")}
            PasswordAuthentication no
            PermitRootLogin yes
            StrictModes no
            PidFile none
            SetEnv PATH={In("bin")}:/usr/bin:/bin FOLDER={folder}
            """);
        if (Environment.IsPrivilegedProcess)
        {
            // Where the server runs without privileges; Debian makes it when it starts the service.
            Directory.CreateDirectory("/run/sshd");
        }

        process = Cli.Start(folder, [], Program, "-D", "-e", "-f", In("sshd_config"));
        _ = process.StandardOutput.ReadToEndAsync();
        var log = process.StandardError.ReadToEndAsync();
        await UntilItListens(log);
    }

    /// <summary>Writes a shell script that may be executed.</summary>
    public async Task Script(string path, string commands)
    {
        await File.WriteAllTextAsync(In(path), $"#!/bin/sh\n{commands}\n");
        await Cli.Run(folder, [], "chmod", "+x", path);
    }

    private async Task UntilItListens(Task<string> log)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);

                return;
            }
            catch (SocketException)
            {
                Assert.True(!process.HasExited && DateTime.UtcNow < deadline, process.HasExited ? await log : "");
                await Task.Delay(50);
            }
        }
    }
}
