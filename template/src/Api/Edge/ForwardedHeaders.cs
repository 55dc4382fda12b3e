using Headers = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders;
using IPNetwork = System.Net.IPNetwork;

namespace ProdReady.Api.Edge;

internal static class ForwardedHeaders
{
    /// <summary>X-Forwarded-* counts from known proxies only: a forged address would evade the rate limits.</summary>
    public static void AddForwardedHeaders(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<ProxyOptions>(ProxyOptions.Section);

        // PostConfigure runs last: the framework trusts loopback by default, and every sender if
        // ASPNETCORE_FORWARDEDHEADERS_ENABLED is set.
        services.AddOptions<ForwardedHeadersOptions>().PostConfigure<IOptions<ProxyOptions>>((headers, proxy) =>
        {
            var networks = proxy.Value.Networks();
            // Without XForwardedHost: AllowedHosts is checked against the Host header that the proxy sends.
            headers.ForwardedHeaders = networks.Count == 0
                ? Headers.None
                : Headers.XForwardedFor | Headers.XForwardedProto;
            // X-Forwarded-For is read from right to left, up to the first address that is not a known proxy. The client
            // can forge everything left of it.
            headers.ForwardLimit = null;
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var network in networks)
            {
                headers.KnownIPNetworks.Add(network);
            }
        });
    }
}

internal sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Proxy";

    /// <summary>The networks of the proxies in front of the app, as CIDR. Empty: X-Forwarded-* is ignored.</summary>
    public IReadOnlyList<string> KnownNetworks { get; init; } = [];

    public IReadOnlyList<IPNetwork> Networks() => [.. KnownNetworks.Select(network => IPNetwork.Parse(network))];

    // 0.0.0.0/0 would trust every client.
    public IEnumerable<ValidationResult> Validate(ValidationContext context) =>
        from entry in KnownNetworks.Index()
        where !IPNetwork.TryParse(entry.Item, out var network) || network.PrefixLength == 0
        select new ValidationResult(
            $"{Section}:KnownNetworks:{entry.Index} must be the network of your proxies, such as 10.0.0.0/24.");
}
