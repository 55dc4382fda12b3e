using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Primitives;

namespace ProdReady.Api.Edge;

internal static class HostFiltering
{
    public static void AddHostFiltering(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<AllowedHostsOptions>(AllowedHostsOptions.Section);

        // The built-in filter runs before all middleware, answers in HTML, and would refuse health probes, which send
        // an address as Host.
        builder.Services.Configure<HostFilteringOptions>(filter => filter.AllowedHosts = ["*"]);
    }

    /// <summary>Refuses other hosts, so that no forged Host header gets into caches, links or logs.</summary>
    public static void UseHostFiltering(this WebApplication app)
    {
        var names = app.Services.GetRequiredService<IOptions<AllowedHostsOptions>>().Value.Names()
            .Select(name => new StringSegment(name)).ToList();

        app.Use((context, next) =>
            names.Contains("*")
            || context.Request.Path.StartsWithSegments("/health")
            || (context.Request.Host.Host is { Length: > 0 } host && HostString.MatchesAny(host, names))
                ? next(context)
                : Problems.MalformedRequest.ToResult("The host is not in AllowedHosts.").ExecuteAsync(context));
    }
}

internal sealed class AllowedHostsOptions : IValidatableObject
{
    // AllowedHosts is the framework's own key, and has no section.
    public const string Section = "";

    /// <summary>The host names of the app, separated by semicolons; *.app.example is every subdomain.</summary>
    public string AllowedHosts { get; init; } = "";

    public IReadOnlyList<string> Names() =>
        AllowedHosts.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        var isDevelopment = context.GetRequiredService<IHostEnvironment>().IsDevelopment();
        if (Names() is not [_, ..] names || !names.All(name => IsHost(name) || (name == "*" && isDevelopment)))
        {
            yield return new ValidationResult(
                "AllowedHosts must list the host names of the app, such as app.example;*.app.example, without scheme, "
                + "port or bare *.");
        }
    }

    private static bool IsHost(string name)
    {
        var host = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;

        return Uri.CheckHostName(host.Trim('[', ']')) != UriHostNameType.Unknown;
    }
}
