using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace ProdReady.Application;

/// <summary>
/// An app that is configured wrongly does not start, and says in one line which setting to mend. It names the key and
/// never the value, which may be a secret.
/// </summary>
internal static class Settings
{
    /// <summary>Binds a class to its section, and has it checked before the app starts.</summary>
    public static void AddSettings<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        services.AddSingleton(new SettingsSection(section, typeof(TOptions)));
        services.AddSingleton<IValidateOptions<TOptions>>(provider => new Check<TOptions>(section, provider));
        services.AddOptions<TOptions>()
            .Configure<IConfiguration>((_, configuration) => RefuseUnreadable<TOptions>(configuration, section))
            .BindConfiguration(section)
            .ValidateOnStart();
    }

    /// <summary>Whether the app cannot be started; then what is wrong has been said, one line each.</summary>
    public static bool HasWrongSettings(this WebApplication app)
    {
        WarnOfUnknown(app);

        return IsWrong(app.Services.GetRequiredService<IStartupValidator>().Validate);
    }

    /// <summary>As the other, of one class only; for a command that needs nothing else.</summary>
    public static bool HasWrongSettings<TOptions>(this WebApplication app)
        where TOptions : class =>
        IsWrong(() => _ = app.Services.GetRequiredService<IOptions<TOptions>>().Value);

    private static bool IsWrong(Action check)
    {
        try
        {
            check();

            return false;
        }
        catch (OptionsValidationException wrong)
        {
            Report(wrong);
        }
        catch (AggregateException several)
        {
            several.Handle(exception => exception is OptionsValidationException);
            foreach (var wrong in several.InnerExceptions.OfType<OptionsValidationException>())
            {
                Report(wrong);
            }
        }

        return true;
    }

    private static void Report(OptionsValidationException wrong)
    {
        foreach (var failure in wrong.Failures)
        {
            Console.Error.WriteLine($"The app does not start: {failure} See docs/configuration.md.");
        }
    }

    // A misspelt key changes nothing, and nobody would notice. But it is no reason not to start: after a rollback the
    // settings of the newer version are still there. A name without a colon may be a variable of somebody else.
    private static void WarnOfUnknown(WebApplication app)
    {
        var sections = app.Services.GetServices<SettingsSection>().ToList();
        foreach (var (key, _) in sections
            .Where(section => section.Name.Length > 0)
            .Select(section => section.Name.Split(':')[0])
            .Distinct()
            .SelectMany(group => app.Configuration.GetSection(group).AsEnumerable())
            .Where(setting => setting.Value is not null && setting.Key.Contains(':'))
            .Where(setting => !sections.Any(section => section.Knows(setting.Key))))
        {
            app.Logger.LogWarning("{Setting} is set, but this app has no such setting", key);
        }
    }

    // The binder would throw too, but with the value in its message; and a list without items it would leave empty.
    private static void RefuseUnreadable<TOptions>(IConfiguration configuration, string section)
    {
        var properties = typeof(TOptions).GetProperties();
        var failures = properties
            .SelectMany(property => FailuresOf(
                configuration.GetSection(SettingsSection.KeyOf(section, property)), property.PropertyType))
            .ToList();
        if (section.Contains(':') && !string.IsNullOrEmpty(configuration[section]))
        {
            failures.Add($"{section} is a group of settings; set {SettingsSection.KeyOf(section, properties[0])}.");
        }

        if (failures.Count > 0)
        {
            throw new OptionsValidationException(section, typeof(TOptions), failures);
        }
    }

    private static IEnumerable<string> FailuresOf(IConfigurationSection setting, Type type)
    {
        if (!SettingsSection.HasItems(type))
        {
            return IsReadable(setting, type) ? [] : [$"{setting.Path} cannot be read as {KindOf(type)}."];
        }

        var (kind, first) = type.GenericTypeArguments is [_] ? ("list", "0") : ("map", "<name>");

        return string.IsNullOrEmpty(setting.Value)
            ? setting.GetChildren().SelectMany(item => FailuresOf(item, type.GenericTypeArguments[^1]))
            : [$"{setting.Path} is a {kind}; set {setting.Path}:{first}."];
    }

    private static bool IsReadable(IConfigurationSection setting, Type type)
    {
        // The binder takes any number for one of the names, and several names at once.
        if (type.IsEnum && setting.Value is not null)
        {
            return Enum.GetNames(type).Contains(setting.Value, StringComparer.OrdinalIgnoreCase);
        }

        try
        {
            _ = setting.Get(type);

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string KindOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } names => $"one of {string.Join(", ", Enum.GetNames(names))}",
        var other when other == typeof(bool) => "true or false",
        var other when other == typeof(TimeSpan) => "a time, [days.]hours:minutes:seconds",
        var other when other == typeof(Uri) => "an address",
        _ => "a whole number",
    };

    private sealed class Check<TOptions>(string section, IServiceProvider services) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var failures = new List<ValidationResult>();
            foreach (var property in typeof(TOptions).GetProperties())
            {
                var context = new ValidationContext(options, services, items: null)
                {
                    MemberName = property.Name,
                    DisplayName = SettingsSection.KeyOf(section, property),
                };
                Validator.TryValidateProperty(property.GetValue(options), context, failures);
            }

            if (failures.Count == 0 && options is IValidatableObject whole)
            {
                failures.AddRange(whole.Validate(new ValidationContext(options, services, items: null)));
            }

            return failures.Count == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(failures.Select(failure => failure.ErrorMessage!));
        }
    }
}

/// <summary>A section of the settings, and the class that it is bound to.</summary>
internal sealed record SettingsSection(string Name, Type Type)
{
    public IEnumerable<string> Keys() => Type.GetProperties().Select(property => KeyOf(Name, property));

    /// <summary>Whether a key is the section, or one of its settings, or an item of one.</summary>
    public bool Knows(string key) => Is(Name, key) || Type.GetProperties().Any(property =>
        Is(KeyOf(Name, property), key)
        || (HasItems(property.PropertyType) && Is(KeyOf(Name, property), ConfigurationPath.GetParentPath(key))));

    public static bool HasItems(Type type) => type is { IsGenericType: true, IsValueType: false };

    /// <summary>The whole key of a setting. Those that others named, AllowedHosts say, stand in no section.</summary>
    public static string KeyOf(string section, PropertyInfo property)
    {
        var name = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property.Name;

        return section.Length == 0 ? name : ConfigurationPath.Combine(section, name);
    }

    private static bool Is(string name, string? key) => name.Equals(key, StringComparison.OrdinalIgnoreCase);
}
