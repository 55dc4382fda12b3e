using System.Net;
using System.Net.Sockets;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>An app that cannot listen on its address does not start, and names the setting in one line.</summary>
public sealed class ListenTests
{
    [Fact]
    public async Task An_address_in_use_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, port: 0);
        other.Start();
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ASPNETCORE_URLS"] = $"http://{other.LocalEndpoint}",
        };

        var (exitCode, output, errors) = await AppProcess.Run(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{other.LocalEndpoint}", Assert.Single(errors));
        Assert.DoesNotContain(output, line => line.Contains("AddressInUse") || line.Contains("\"@l\":\"Error\""));
        Assert.DoesNotContain(output, line => line.Contains("\"@l\":\"Fatal\""));
    }

    // 192.0.2.0/24 is reserved for documentation (RFC 5737), so no machine has it.
    [Theory]
    [InlineData("http://192.0.2.1:5080")]
    [InlineData("http://127.0.0.1:0/path")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("127.0.0.1")]
    public async Task Any_other_address_that_cannot_be_used_is_one_line(string address)
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings) { ["ASPNETCORE_URLS"] = address };

        await CannotListen(settings);
    }

    // A development machine may have a certificate for localhost; this path replaces it with an invalid one.
    [Fact]
    public async Task An_https_address_without_a_certificate_is_one_line() =>
        await CannotListen(new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ASPNETCORE_URLS"] = "https://127.0.0.1:0",
            ["Kestrel:Certificates:Default:Path"] = "appsettings.json",
        });

    private static async Task CannotListen(Dictionary<string, string> settings)
    {
        var (exitCode, output, errors) = await EntryPoint.Run(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("ASPNETCORE_URLS", Assert.Single(errors));
        Assert.Contains(output, line => line.Contains("\"@l\":\"Error\""));
    }
}
