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

    /// <summary>Whether all are valid; nothing is reported.</summary>
    public static bool HasValidSettings(this WebApplication app) =>
        FailuresOf(app.Services.GetRequiredService<IStartupValidator>().Validate).Count == 0;

    /// <summary>Whether a file of a setting cannot be read; then each is reported.</summary>
    /// <param name="needed">The beginnings of the settings that a command needs; without them, all are needed.</param>
    public static bool HasInvalidFiles(this WebApplication app, params string[] needed) =>
        Report(app.Services.GetRequiredService<SettingFileFailures>().All.FindAll(failure =>
            needed.Length == 0 || needed.Any(key => failure.StartsWith(key, StringComparison.OrdinalIgnoreCase))));

    private static bool Fails(Action validate) => Report(FailuresOf(validate));

    private static bool Report(List<string> failures)
    {
        foreach (var failure in failures)
        {
            Console.Error.WriteLine($"The app does not start: {failure} See docs/configuration.md.");
        }

        return failures.Count > 0;
    }

    private static List<string> FailuresOf(Action validate)
    {
        try
        {
            validate();

            return [];
        }
        catch (Exception exception) when (exception is OptionsValidationException or AggregateException)
        {
            IEnumerable<Exception> invalid = exception is AggregateException all ? all.InnerExceptions : [exception];

            return [.. invalid.Cast<OptionsValidationException>().SelectMany(options => options.Failures)];
        }
    }

    // A misspelt key has no effect, which the log must show. It does not stop the start: after a rollback the settings
    // of the newer version are still set.
    private static void WarnOfUnknownKeys(WebApplication app)
    {
        foreach (var key in app.Services.UnknownSettings())
        {
            app.Logger.LogWarning("{Setting} is set, but this app has no such setting", key);
        }
    }
}
