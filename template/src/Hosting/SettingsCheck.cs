namespace ProdReady.Hosting;

/// <summary>
/// An app with an invalid setting does not start: it writes one line for each, with the key and the rule, and never the
/// value, which may be a secret.
/// </summary>
internal static class SettingsCheck
{
    /// <summary>Whether a setting is invalid; then each is reported on standard error.</summary>
    public static bool HasInvalidSettings(this WebApplication app)
    {
        WarnOfUnknownKeys(app);

        return Fails(app.Services.GetRequiredService<IStartupValidator>().Validate);
    }

    /// <summary>The same for one options class, for a command that needs no other.</summary>
    public static bool HasInvalidSettings<TOptions>(this WebApplication app)
        where TOptions : class =>
        Fails(() => _ = app.Services.GetRequiredService<IOptions<TOptions>>().Value);

    private static bool Fails(Action validate)
    {
        try
        {
            validate();

            return false;
        }
        catch (Exception exception) when (exception is OptionsValidationException or AggregateException)
        {
            IEnumerable<Exception> invalid = exception is AggregateException all ? all.InnerExceptions : [exception];
            foreach (var failure in invalid.Cast<OptionsValidationException>().SelectMany(options => options.Failures))
            {
                Console.Error.WriteLine($"The app does not start: {failure} See docs/configuration.md.");
            }

            return true;
        }
    }

    // A misspelt key has no effect, which the log must show. It does not stop the start: after a rollback the settings
    // of the newer version are still set. A name without a colon may be an environment variable of another program.
    private static void WarnOfUnknownKeys(WebApplication app)
    {
        var sections = app.Services.GetServices<SettingsSection>().ToList();
        var groups = sections.Select(section => section.Name.Split(':')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, _) in app.Configuration.AsEnumerable()
            .Where(setting => setting.Value is not null && setting.Key.Contains(':'))
            .Where(setting => groups.Contains(setting.Key.Split(':')[0]))
            .Where(setting => !sections.Any(section => section.Knows(setting.Key))))
        {
            app.Logger.LogWarning("{Setting} is set, but this app has no such setting", key);
        }
    }
}
