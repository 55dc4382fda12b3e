using System.Diagnostics;
using System.Net.Sockets;
using ProdReadyTemplate.Tests;

[assembly: AssemblyFixture(typeof(S3))]

namespace ProdReadyTemplate.Tests;

/// <summary>A stand-in for S3, from npm. Without Node.js there is none, and what needs it is skipped and says so.</summary>
public sealed class S3 : IAsyncLifetime
{
    private const int Port = 4568;

    private readonly string folder = Directory.CreateTempSubdirectory("s3-").FullName;
    private Process? server;

    /// <summary>A bucket, with the credentials that the stand-in knows.</summary>
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
            // It encrypts the places in long lists in a way that newer versions of Node.js call legacy.
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
