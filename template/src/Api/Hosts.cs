using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using ProdReady.Application;

namespace ProdReady.Api;

internal static class Hosts
{
    public static void AddHosts(this IServiceCollection services)
    {
        services.AddSettings<HostsOptions>(HostsOptions.Section);

        // The built-in filter comes before everything, answers in HTML and would refuse probes, which go by address.
        services.Configure<HostFilteringOptions>(filter => filter.AllowedHosts = ["*"]);
    }

    /// <summary>
    /// Refuses requests for other hosts, so that no cache, link or log is fed with a name that the client made up.
    /// </summary>
    public static void UseKnownHosts(this WebApplication app)
    {
        var names = app.Services.GetRequiredService<IOptions<HostsOptions>>().Value.Names()
            .Select(name => new StringSegment(name)).ToList();

        app.Use((context, next) =>
            names.Contains("*")
            || context.Request.Path.StartsWithSegments("/health")
            || (context.Request.Host.Host is { Length: > 0 } host && HostString.MatchesAny(host, names))
                ? next(context)
                : Problems.MalformedRequest.ToResult("This host is not served here.").ExecuteAsync(context));
    }
}
