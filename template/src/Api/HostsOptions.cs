using System.ComponentModel.DataAnnotations;

namespace ProdReady.Api;

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
