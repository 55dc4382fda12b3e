using System.Diagnostics;
using System.Net.Sockets;
using ProdReadyTemplate.Tests;

[assembly: AssemblyFixture(typeof(S3))]

namespace ProdReadyTemplate.Tests;

/// <summary>An S3 server from npm, s3rver. Without Node.js the tests that need it are skipped.</summary>
public sealed class S3 : IAsyncLifetime
{
    private const int Port = 4568;

    private readonly string folder = Directory.CreateTempSubdirectory("s3-").FullName;
    private Process? server;

    /// <summary>A bucket, with the default credentials of s3rver.</summary>
    public static string Bucket { get; } = $"http://S3RVER:S3RVER@127.0.0.1:{Port}/files";

    public async ValueTask InitializeAsync()
    {
        if (Node.IsMissing)
        {
            return;
        }

        await Node.Npm(folder, "install", "--no-audit", "--no-fund", "--prefix", folder, "s3rver@3.7.1");
        var program = Path.Combine(folder, "node_modules", "s3rver", "bin", "s3rver.js");
        server = Cli.Start(
            folder,
            // s3rver encrypts continuation tokens with a cipher that OpenSSL 3 has only in its legacy provider.
            new() { ["NODE_OPTIONS"] = "--openssl-legacy-provider" },
            "node",
            [program, "--silent", "-d", folder, "-a", "127.0.0.1", "-p", $"{Port}", "--configure-bucket", "files"]);
        _ = server.StandardOutput.ReadToEndAsync();
        _ = server.StandardError.ReadToEndAsync();
        await UntilItAnswers();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task UntilItAnswers()
    {
        var deadline = DateTime.UtcNow.AddMinutes(1);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", Port);

                return;
            }
            catch (SocketException) when (DateTime.UtcNow < deadline)
            {
                await Task.Delay(200);
            }
        }
    }
}
