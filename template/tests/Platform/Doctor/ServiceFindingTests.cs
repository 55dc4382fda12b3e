using Microsoft.AspNetCore.Http;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>What is found at other servers: the public URL, other services, mail, and the last backup.</summary>
public sealed class ServiceFindingTests
{
    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_found()
    {
        await using var site = await TlsSite.Start(days: 90);

        var diagnosis = await Diagnosis.Of(new() { ["App:PublicUrl"] = site.Url });

        Assert.Contains("D902", diagnosis.Found);
        Assert.DoesNotContain("D901", diagnosis.Found);
    }

    [Theory]
    [InlineData(-2, "localhost", "RemoteCertificateChainErrors")]
    [InlineData(90, "shop.example", "RemoteCertificateNameMismatch")]
    public async Task A_trusted_certificate_that_is_expired_or_of_another_host_is_found(
        int days, string host, string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux, where SSL_CERT_FILE names what is trusted.");
        await using var site = await TlsSite.Start(days, host);

        var (exitCode, output, _) = await AppProcess.Run(
            new Dictionary<string, string>(Apps.ProductionSettings)
            {
                ["SSL_CERT_FILE"] = site.CertificateFile,
                ["App:PublicUrl"] = site.Url,
                ["Doctor:Timeout"] = "00:00:30",
            },
            ["doctor"]);

        Assert.Equal(1, exitCode);
        Assert.Contains($"    ✗ D902 The certificate of the public URL is not valid: {error}.", output);
        Assert.DoesNotContain(output, line => line.Contains("D903"));
    }

    [Fact]
    public async Task A_public_URL_that_leads_elsewhere_is_found()
    {
        await using var site = await TlsSite.Start(days: 90);

        var diagnosis = await Diagnosis.Of(new() { ["App:PublicUrl"] = $"{site.Url}/other" });

        Assert.Contains("it answers 404", diagnosis["D901"].Text("message"));
    }

    [Theory]
    [InlineData(StatusCodes.Status403Forbidden, "D602")]
    [InlineData(StatusCodes.Status503ServiceUnavailable, "D602")]
    [InlineData(StatusCodes.Status503ServiceUnavailable, "D405")]
    public async Task A_service_that_refuses_is_found(int status, string id)
    {
        await using var service = await OtherService.Start(context =>
        {
            context.Response.StatusCode = status;

            return Task.CompletedTask;
        });

        var diagnosis = await Diagnosis.Of(new()
        {
            ["Sentry:Dsn"] = service.Url.Replace("//", "//key@") + "/sentry/7",
            ["PwnedPasswords:BaseUrl"] = service.Url,
        });

        Assert.Contains(id, diagnosis.Found);
        Assert.Contains("/sentry/api/7/envelope/", service.Requests);
    }

    [Theory]
    [InlineData(false, "right", null)]
    [InlineData(false, "wrong", "AuthenticationException")]
    [InlineData(true, "right", "SslHandshakeException")]
    public async Task A_mail_server_that_refuses_the_password_or_is_not_trusted_is_found(
        bool useTls, string password, string? reason)
    {
        await using var server = MailServerWithTls.Start(userName: "app", password: "right");

        var diagnosis = await Diagnosis.Of(new()
        {
            ["Smtp:Host"] = "127.0.0.1",
            ["Smtp:Port"] = $"{server.Port}",
            ["Smtp:UserName"] = "app",
            ["Smtp:Password"] = password,
            ["Smtp:UseTls"] = $"{useTls}",
        });

        Assert.Equal(reason is null ? "ok" : "failure", diagnosis["D701"].Text("status"));
        Assert.Contains(reason ?? "lets the app sign in", diagnosis["D701"].Text("message"));
    }

    [Theory]
    [InlineData("Smtp:UseTls", "true", "STARTTLS")]
    [InlineData("Smtp:UserName", "app", "authentication")]
    public async Task A_mail_server_that_knows_no_TLS_or_no_sign_in_is_found(string key, string value, string reason)
    {
        await using var server = MailServer.Start();
        var settings = server.Settings();
        settings[key] = value;
        settings["Smtp:Password"] = key == "Smtp:UserName" ? $"{Guid.NewGuid():N}" : "";

        var diagnosis = await Diagnosis.Of(settings);

        Assert.Contains(reason, diagnosis["D701"].Text("message"));
        Assert.Empty(server.Mails);
    }

    [Theory]
    [InlineData(3, 3, "D801")]
    [InlineData(8, 3, "D802")]
    [InlineData(0, 20, "D803")]
    public async Task An_old_backup_is_found(int backup, int verified, string id)
    {
        var (file, now) = (Path.GetTempFileName(), DateTimeOffset.UtcNow);
        await File.WriteAllTextAsync(
            file,
            $"""
            backup_last_success_timestamp_seconds {now.AddDays(-backup).ToUnixTimeSeconds()}
            backup_last_verified_timestamp_seconds {now.AddDays(-verified).ToUnixTimeSeconds()}

            """,
            Scenarios.Ct);

        var diagnosis = await Diagnosis.Of(new() { ["Doctor:BackupMetrics"] = file });

        Assert.Equal(id == "D802" ? ["D801", "D802"] : [id], diagnosis.Found.Intersect(["D801", "D802", "D803"]));
        File.Delete(file);
    }
}
