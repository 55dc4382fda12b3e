using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using ProdReady.Api.Errors;
using ProdReady.Application;

namespace ProdReady.Api.Edge;

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

internal sealed class HostsOptions : IValidatableObject
{
    // The framework's own name for it, which has no section.
    public const string Section = "";

    /// <summary>
    /// The names under which the app is reached, separated by semicolons; *.app.example takes any in front.
    /// </summary>
    public string AllowedHosts { get; init; } = "";

    public IReadOnlyList<string> Names() =>
        AllowedHosts.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Names().Count == 0)
        {
            yield return new ValidationResult(
                "AllowedHosts is missing; it lists the names under which the app is reached, such as app.example.");
        }

        foreach (var name in Names())
        {
            if (name == "*" && context.GetRequiredService<IHostEnvironment>().IsDevelopment())
            {
                continue;
            }

            var host = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;
            if (Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown)
            {
                yield return new ValidationResult(
                    "AllowedHosts must list names such as app.example;*.app.example, without scheme, port or bare *.");
            }
        }
    }
}
