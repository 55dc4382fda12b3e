using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using ProdReady.Application;
using IPNetwork = System.Net.IPNetwork;

namespace ProdReady.Api.Edge;

internal static class Proxies
{
    public static void AddProxies(this IServiceCollection services)
    {
        services.AddSettings<ProxyOptions>(ProxyOptions.Section);

        // After everybody else: the framework trusts the own machine, and whatever is in front of the app where
        // ASPNETCORE_FORWARDEDHEADERS_ENABLED is set.
        services.AddOptions<ForwardedHeadersOptions>().PostConfigure<IOptions<ProxyOptions>>((headers, proxy) =>
        {
            var networks = proxy.Value.Networks();
            // Not the host: what is checked against AllowedHosts is what the proxy sends as Host.
            headers.ForwardedHeaders = networks.Count == 0
                ? ForwardedHeaders.None
                : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            // Read from right to left, through as many proxies as are known, to the first address that is not. What
            // stands left of that was sent by the client, and can be anything.
            headers.ForwardLimit = null;
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var network in networks)
            {
                headers.KnownIPNetworks.Add(network);
            }
        });
    }

    /// <summary>
    /// Where proxies are known: takes from them who the client is, and whether it came by https. From nobody else, or
    /// everybody could choose an address, and with it a limit.
    /// </summary>
    public static void UseKnownProxies(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.KnownNetworks.Count > 0)
        {
            app.UseForwardedHeaders();
        }
    }
}

internal sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Proxy";

    /// <summary>The networks of the proxies in front of the app, as CIDR. Empty: X-Forwarded-* is ignored.</summary>
    public IReadOnlyList<string> KnownNetworks { get; init; } = [];

    public IReadOnlyList<IPNetwork> Networks() => [.. KnownNetworks.Select(network => IPNetwork.Parse(network))];

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        for (var i = 0; i < KnownNetworks.Count; i++)
        {
            // The whole internet is no proxy.
            if (!IPNetwork.TryParse(KnownNetworks[i], out var network) || network.PrefixLength == 0)
            {
                yield return new ValidationResult(
                    $"{Section}:KnownNetworks:{i} must be the network of your proxies, such as 10.0.0.0/24.");
            }
        }
    }
}
