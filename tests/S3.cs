using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProdReadyTemplate.Tests;

[assembly: AssemblyFixture(typeof(S3))]

namespace ProdReadyTemplate.Tests;

/// <summary>An S3 server from npm, s3rver. Without Node.js the tests that need it are skipped.</summary>
public sealed class S3 : IAsyncLifetime
{
    private const int Port = 4568;

    private readonly string folder = Directory.CreateTempSubdirectory("s3-").FullName;
    private readonly List<Process> servers = [];

    /// <summary>A bucket, with the default credentials of s3rver.</summary>
    public static string Bucket { get; } = $"http://S3RVER:S3RVER@127.0.0.1:{Port}/files";

    public async ValueTask InitializeAsync()
    {
        if (Node.IsMissing)
        {
            return;
        }

        await Node.Npm(folder, "install", "--no-audit", "--no-fund", "--prefix", folder, "s3rver@3.7.1");
        await Start(Port, "files");
    }

    /// <summary>Starts one with TLS, without which s3rver damages what restic sends.</summary>
    /// <returns>The variables with which restic reaches a bucket there.</returns>
    internal async Task<Dictionary<string, string?>> StartWithTls()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var (keyFile, file) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "certificate.pem"));
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        var port = Project.FreePort();
        await Start(port, "backups", "--key", keyFile, "--cert", file);

        return new()
        {
            ["RESTIC_REPOSITORY"] = $"s3:https://localhost:{port}/backups",
            ["SSL_CERT_FILE"] = file,
            ["AWS_ACCESS_KEY_ID"] = "S3RVER",
            ["AWS_SECRET_ACCESS_KEY"] = "S3RVER",
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task Start(int port, string bucket, params string[] more)
    {
        var program = Path.Combine(folder, "node_modules", "s3rver", "bin", "s3rver.js");
        var server = Cli.Start(
            folder,
            // s3rver encrypts continuation tokens with a cipher that OpenSSL 3 has only in its legacy provider.
            new() { ["NODE_OPTIONS"] = "--openssl-legacy-provider" },
            "node",
            [
                program, "--silent", "-d", folder, "-a", "127.0.0.1", "-p", $"{port}",
                "--configure-bucket", bucket, .. more,
            ]);
        servers.Add(server);
        _ = server.StandardOutput.ReadToEndAsync();
        _ = server.StandardError.ReadToEndAsync();
        await UntilItAnswers(port);
    }

    private static async Task UntilItAnswers(int port)
    {
        var deadline = DateTime.UtcNow.AddMinutes(1);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);

                return;
            }
            catch (SocketException) when (DateTime.UtcNow < deadline)
            {
                await Task.Delay(200);
            }
        }
    }
}
