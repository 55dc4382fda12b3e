using System.ComponentModel;
using Microsoft.Extensions.Hosting.Internal;

namespace ProdReady.Application;

internal static class Settings
{
    /// <summary>Whether a key names the file of a setting; in a variable the end is __FILE.</summary>
    public static bool NamesFile(this string key) => key.EndsWith(":FILE", StringComparison.OrdinalIgnoreCase);

    /// <summary>Binds an options class to its section, and validates it before the app starts.</summary>
    public static void AddSettings<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        var settings = new SettingsSection(section, typeof(TOptions));
        services.AddSingleton(settings);
        services.AddSingleton<IValidateOptions<TOptions>>(provider => new Validation<TOptions>(settings, provider));
        services.AddOptions<TOptions>()
            .Configure<IConfiguration>((_, configuration) => settings.ThrowIfUnreadable(configuration))
            .BindConfiguration(section)
            .ValidateOnStart();
    }

    // ValidateDataAnnotations() with two additions: a failure names the key, and IValidatableObject has the services.
    private sealed class Validation<TOptions>(SettingsSection section, IServiceProvider services)
        : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            section.Validate(options, services.GetService).ToList() is [_, ..] failures
                ? ValidateOptionsResult.Fail(failures)
                : ValidateOptionsResult.Success;
    }

    /// <summary>
    /// Keys in the known groups that no options class has: misspelt, or of a newer version. A name without a colon may
    /// be an environment variable of another program.
    /// </summary>
    public static IEnumerable<string> UnknownSettings(this IServiceProvider services)
    {
        var sections = services.GetServices<SettingsSection>().ToList();
        var groups = sections.Select(section => section.Name.Split(':')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);

        return services.GetRequiredService<IConfiguration>().AsEnumerable()
            .Where(setting => setting.Value is not null && setting.Key.Contains(':'))
            .Where(setting => !setting.Key.NamesFile())
            .Where(setting => groups.Contains(setting.Key.Split(':')[0]))
            .Where(setting => !sections.Any(section => section.Knows(setting.Key)))
            .Select(setting => setting.Key);
    }
}

/// <summary>A section of the configuration, and the options class that it is bound to.</summary>
internal sealed record SettingsSection(string Name, Type Type)
{
    private readonly PropertyInfo[] properties = Type.GetProperties();

    public IEnumerable<string> Keys => properties.Select(property => KeyOf(property.Name));

    /// <summary>The full key. AllowedHosts, and keys that other products define, have no section.</summary>
    public string KeyOf(string property)
    {
        var key = Type.GetProperty(property)!.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property;

        return Name.Length == 0 ? key : ConfigurationPath.Combine(Name, key);
    }

    /// <summary>Whether a key is the section, one of its settings, or an item of one.</summary>
    public bool Knows(string key) => Is(Name, key) || properties.Any(property =>
        Is(KeyOf(property.Name), key)
        || (HasItems(property.PropertyType) && Is(KeyOf(property.Name), ConfigurationPath.GetParentPath(key))));

    /// <summary>What is invalid in bound options, each with its key.</summary>
    public IEnumerable<string> Validate(object options, Func<Type, object?> serviceOf)
    {
        var failures = new List<ValidationResult>();
        var context = new ValidationContext(options);
        context.InitializeServiceProvider(serviceOf);
        Validator.TryValidateObject(options, context, failures, validateAllProperties: true);

        return failures.Select(failure => string.Join(
            ": ", [.. failure.MemberNames.Select(KeyOf), failure.ErrorMessage]));
    }

    /// <summary>What Production would refuse in the settings of an app, whatever its environment.</summary>
    public IEnumerable<string> FailuresInProduction(IServiceProvider services)
    {
        var production = new HostingEnvironment { EnvironmentName = Environments.Production };
        try
        {
            var options = (IOptions<object>)services.GetRequiredService(typeof(IOptions<>).MakeGenericType(Type));

            return Validate(
                options.Value, type => type == typeof(IHostEnvironment) ? production : services.GetService(type));
        }
        catch (OptionsValidationException invalid)
        {
            return invalid.Failures;
        }
    }

    /// <summary>
    /// Runs before the binder, whose exception shows the value, which may be a secret, and which binds a list without
    /// items, or one of another type, to an empty one.
    /// </summary>
    public void ThrowIfUnreadable(IConfiguration configuration)
    {
        var failures = properties
            .SelectMany(property => FailuresOf(configuration.GetSection(KeyOf(property.Name)), property.PropertyType))
            .ToList();
        if (Name.Contains(':') && !string.IsNullOrEmpty(configuration[Name]))
        {
            failures.Add($"{Name} is a group of settings; set {Keys.First()}.");
        }

        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Name, Type, failures);
        }
    }

    private static IEnumerable<string> FailuresOf(IConfigurationSection setting, Type type)
    {
        if (!HasItems(type))
        {
            return IsReadable(setting.Value, type) ? [] : [$"{setting.Path} cannot be read as {KindOf(type)}."];
        }

        var (kind, first) = type.GenericTypeArguments is [_] ? ("list", "0") : ("map", "<name>");

        if (!string.IsNullOrEmpty(setting.Value))
        {
            return [$"{setting.Path} is a {kind}; set {setting.Path}:{first}."];
        }

        return setting.GetChildren().SelectMany(item => kind == "list" && item.Value is null
            ? [$"{item.Path} is one value, and no group of settings."]
            : FailuresOf(item, type.GenericTypeArguments[^1]));
    }

    // The converter of an enum, which the binder uses, accepts any number, and several names at once.
    private static bool IsReadable(string? value, Type type) => value is null || (type.IsEnum
        ? Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase)
        : TypeDescriptor.GetConverter(type).IsValid(value));

    private static string KindOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } names => $"one of {string.Join(", ", Enum.GetNames(names))}",
        var other when other == typeof(bool) => "true or false",
        var other when other == typeof(TimeSpan) => "a time, [days.]hours:minutes:seconds",
        var other when other == typeof(Uri) => "an address",
        _ => "a whole number",
    };

    private static bool HasItems(Type type) => type is { IsGenericType: true, IsValueType: false };

    private static bool Is(string name, string? key) => name.Equals(key, StringComparison.OrdinalIgnoreCase);
}
