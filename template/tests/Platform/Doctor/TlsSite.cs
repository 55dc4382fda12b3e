using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>A site with a certificate of its own, which is trusted by processes that get its file.</summary>
internal sealed class TlsSite : IAsyncDisposable
{
    private readonly WebApplication site;

    private TlsSite(X509Certificate2 certificate)
    {
        CertificateFile = Path.GetTempFileName();
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port: 0, listen => listen.UseHttps(certificate)));
        site = builder.Build();
        site.MapGet("/health/live", () => "Healthy");
    }

    /// <summary>In the format of OpenSSL's SSL_CERT_FILE.</summary>
    public string CertificateFile { get; }

    public string Url => $"https://localhost:{new Uri(site.Urls.Single()).Port}";

    /// <param name="days">Until its certificate ends; negative if it has.</param>
    public static async Task<TlsSite> Start(int days, string host = "localhost")
    {
        var started = new TlsSite(Certificate(days, host));
        await started.site.StartAsync();

        return started;
    }

    public static X509Certificate2 Certificate(int days, string host)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;

        return request.CreateSelfSigned(now.AddDays(-30), now.AddDays(days));
    }

    public async ValueTask DisposeAsync()
    {
        await site.DisposeAsync();
        File.Delete(CertificateFile);
    }
}
