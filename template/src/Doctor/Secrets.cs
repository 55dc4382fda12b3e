using System.Xml.Linq;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Infrastructure.DataProtection;

namespace ProdReady.Doctor;

internal static class Secrets
{
    // Words of six letters or more: a shorter one can occur in a random secret.
    private const string Sample = "(?i)password|change.?me|example|replace|secret|placeholder";
    private const string SecretKey = @"(?i)(password|secret|secretkey|signingkeys:\d+|dsn|token)$";
    private const string Password = """(?i)\b(password|pwd)\s*=\s*["']?(?<secret>[^;,"']+)""";

    public static Task[] Checks(Examination app) =>
    [
        app.Check("D201", () => Names(app, setting => setting.Secret.Length < 12
            || Regex.IsMatch(setting.Secret, Sample))),
        app.Check("D202", () => Names(app, setting => ((IConfigurationRoot)app.Configuration)
            .Providers.OfType<FileConfigurationProvider>()
            .Any(file => file.TryGet(setting.Key, out var value) && value?.Length > 0))),
        app.Check("D205", () => Own(app.Configuration).GroupBy(setting => setting.Secret, setting => setting.Key)
            .Where(same => same.Count() > 1).Select(same => string.Join(" and ", same)).FirstOrDefault()),
    ];

    /// <summary>Keys of Data Protection are encrypted with the first signing key, again after each rotation.</summary>
    public static async Task<object?> FindOldKey(IServiceProvider services, CancellationToken ct)
    {
        var signingKeys = services.GetRequiredService<IOptions<JwtOptions>>().Value.KeyBytes();
        var yearAgo = services.GetRequiredService<TimeProvider>().GetUtcNow().AddYears(-1);
        var keys = await services.GetRequiredService<AppDbContext>().DataProtectionKeys.AsNoTracking().ToListAsync(ct);

        return keys.SelectMany(key => XElement.Parse(key.Xml!).Descendants(KeyEncryptor.Element))
            .Where(element => KeyEncryptor.Decrypt(element.Value, signingKeys) is (_, 0))
            .Any(element => (DateTimeOffset?)element.Attribute(KeyEncryptor.Since) < yearAgo);
    }

    // A shorter one occurs in sentences by chance.
    public static string Redact(IConfiguration configuration, string text) => In(configuration)
        .Where(setting => setting.Secret.Length >= 6)
        .OrderByDescending(setting => setting.Secret.Length)
        .Aggregate(text, (redacted, setting) => redacted.Replace(setting.Secret, "***", StringComparison.Ordinal));

    private static string Names(Examination app, Func<(string Key, string Secret), bool> isFound) =>
        string.Join(", ", Own(app.Configuration).Where(isFound).Select(setting => setting.Key).Order());

    // A name without a colon may be a variable of another program. A DSN may be public, says Sentry, and the app writes
    // it into every provider.
    private static IEnumerable<(string Key, string Secret)> Own(IConfiguration configuration) =>
        In(configuration).Where(setting => setting.Key.Contains(':')
            && !setting.Key.EndsWith(":Dsn", StringComparison.Ordinal));

    private static IEnumerable<(string Key, string Secret)> In(IConfiguration configuration) =>
        from setting in configuration.AsEnumerable()
        let inside = Regex.Match(setting.Value ?? "", Password).Groups["secret"].Value
        let secret = Regex.IsMatch(setting.Key, SecretKey) ? setting.Value : inside
        where secret is { Length: > 0 }
        select (setting.Key, secret);
}
