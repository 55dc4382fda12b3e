using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Infrastructure.DataProtection;

namespace ProdReady.Doctor;

internal static partial class Secrets
{
    // Shorter ones can be tried out; random ones of this length cannot.
    private const int MinPasswordLength = 12;

    // A shorter text occurs in sentences by chance.
    private const int MinRedactedLength = 6;

    public static Check[] Checks(ExaminedApp app) =>
    [
        new("D201", () => Own(app.Configuration).FirstOrDefault(setting =>
            setting.Secret.Length < MinPasswordLength || Sample().IsMatch(setting.Secret)).Key),
        new("D202", () => Own(app.Configuration).FirstOrDefault(setting => ((IConfigurationRoot)app.Configuration)
            .Providers.OfType<FileConfigurationProvider>()
            .Any(file => file.TryGet(setting.Key, out var value) && value?.Length > 0)).Key),
        new("D203", ct => FindOldKey(app, ct), After: "D302"),
        new("D204", () => FindOpenFile(Workspace.PathOf(app.Services.GetRequiredService<IHostEnvironment>(), ".env"))),
        new("D205", () => Own(app.Configuration).GroupBy(setting => setting.Secret)
            .Where(same => same.Count() > 1)
            .Select(same => string.Join(" and ", same.Select(setting => setting.Key))).FirstOrDefault()),
    ];

    public static string Redact(IConfiguration configuration, string text) => In(configuration)
        .Where(setting => setting.Secret.Length >= MinRedactedLength)
        .OrderByDescending(setting => setting.Secret.Length)
        .Aggregate(text, (redacted, setting) => redacted.Replace(setting.Secret, "***", StringComparison.Ordinal));

    // A name without a colon may be a variable of another program. A DSN may be public, says Sentry, and the app writes
    // it into every provider.
    private static IEnumerable<(string Key, string Secret)> Own(IConfiguration configuration) =>
        In(configuration).Where(setting => setting.Key.Contains(':')
            && !setting.Key.EndsWith(":Dsn", StringComparison.Ordinal));

    private static IEnumerable<(string Key, string Secret)> In(IConfiguration configuration) =>
        from setting in configuration.AsEnumerable()
        let inside = Password().Match(setting.Value ?? "").Groups["secret"].Value
        let secret = SecretKey().IsMatch(setting.Key) ? setting.Value : inside
        where secret is { Length: > 0 }
        select (setting.Key, secret);

    /// <summary>
    /// Keys of Data Protection are encrypted with the first signing key, again after each rotation, with the time.
    /// </summary>
    private static async Task<string?> FindOldKey(ExaminedApp app, CancellationToken ct)
    {
        var signingKeys = app.Settings<JwtOptions>().KeyBytes();
        await using var scope = app.Services.CreateAsyncScope();
        var keys = scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<DataProtectionKey>();
        var uses =
            from key in await keys.AsNoTracking().ToListAsync(ct)
            from element in XElement.Parse(key.Xml!).Descendants(KeyEncryptor.Element)
            where KeyEncryptor.Decrypt(element.Value, signingKeys) is (_, 0)
            where element.Attribute(KeyEncryptor.Since) is not null
            select DateTimeOffset.Parse(element.Attribute(KeyEncryptor.Since)!.Value, CultureInfo.InvariantCulture);

        return uses.Any(since => since < app.Now.AddYears(-1)) ? "" : null;
    }

    private static string? FindOpenFile(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

        return !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Others) > 0
            ? path
            : null;
    }

    // Words of six letters or more: a shorter one can occur in a random secret.
    [GeneratedRegex("password|change.?me|example|replace|secret|placeholder", RegexOptions.IgnoreCase)]
    private static partial Regex Sample();

    [GeneratedRegex("(password|secret|secretkey|signingkeys:\\d+|dsn|token)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretKey();

    [GeneratedRegex("""\b(password|pwd)\s*=\s*["']?(?<secret>[^;,"']+)""", RegexOptions.IgnoreCase)]
    private static partial Regex Password();
}
