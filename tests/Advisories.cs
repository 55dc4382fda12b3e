using System.Net;
using System.Text;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// A list of advisories, as NuGet reads it, with one for every version of one package. It is a second feed as well,
/// which has no package.
/// </summary>
internal sealed class Advisories : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly string address = $"http://127.0.0.1:{Project.FreePort()}/";
    private readonly string package;

    public Advisories(string package)
    {
        this.package = package;
        listener.Prefixes.Add(address);
        listener.Start();
        _ = Answer();
    }

    /// <summary>What lets a project use this list alone, and this feed beside the usual one.</summary>
    public string Configuration => $"""
        <configuration>
          <packageSources>
            <add key="second" value="{address}index.json" allowInsecureConnections="true" />
          </packageSources>
          <auditSources>
            <clear />
            <add key="test" value="{address}index.json" allowInsecureConnections="true" />
          </auditSources>
        </configuration>
        """;

    public void Dispose() => listener.Close();

    private async Task Answer()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                var body = context.Request.Url!.AbsolutePath switch
                {
                    "/index.json" => $$"""
                        { "version": "3.0.0", "resources": [
                          { "@id": "{{address}}lists.json", "@type": "VulnerabilityInfo/6.7.0" },
                          { "@id": "{{address}}packages/", "@type": "PackageBaseAddress/3.0.0" }] }
                        """,
                    "/lists.json" => $$"""
                        [{ "@name": "all", "@id": "{{address}}all.json", "@updated": "2026-01-01T00:00:00Z" }]
                        """,
                    _ => $$"""
                        { "{{package}}": [
                          { "url": "https://example.com/advisory", "severity": 2, "versions": "(, 9999.0.0)" }] }
                        """,
                };
                context.Response.ContentType = "application/json";
                context.Response.StatusCode = context.Request.Url.AbsolutePath.StartsWith("/packages/") ? 404 : 200;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
