using Microsoft.Extensions.Configuration.Memory;

namespace ProdReady.Hosting;

internal static class SettingFiles
{
    // No setting is as long. A path such as /dev/zero has no end.
    private const int MaxLength = 65_536;

    /// <summary>
    /// Reads the settings that are in files, as secrets of Docker and Kubernetes are: Smtp__Password__FILE names the
    /// file of Smtp:Password, and has the precedence of the source that it stands in.
    /// </summary>
    public static void AddSettingFiles(this WebApplicationBuilder builder)
    {
        IConfigurationRoot settings = builder.Configuration;
        var files = settings.AsEnumerable()
            .Where(setting => setting.Key.EndsWith(Settings.FileSuffix, StringComparison.Ordinal))
            .Where(setting => setting.Value is { Length: > 0 })
            .ToList();
        var failures = files.Select(file => Add(builder, file.Key, file.Value!)).OfType<string>().ToArray();
        builder.Services.AddSingleton(new Unreadable(failures));
    }

    /// <summary>
    /// Whether one cannot be read; then each is reported on standard error. Without its path: by mistake that may be
    /// the secret itself.
    /// </summary>
    public static bool HasUnreadableFiles(this WebApplication app)
    {
        var failures = app.Services.GetRequiredService<Unreadable>().Failures;
        foreach (var failure in failures)
        {
            Console.Error.WriteLine($"The app does not start: {failure} See docs/configuration.md.");
        }

        return failures.Length > 0;
    }

    /// <returns>What is wrong.</returns>
    private static string? Add(WebApplicationBuilder builder, string fileKey, string file)
    {
        var key = fileKey[..^Settings.FileSuffix.Length];
        var providers = ((IConfigurationRoot)builder.Configuration).Providers.ToList();
        var source = providers.FindLastIndex(provider => provider.TryGet(fileKey, out _));
        var value = providers.FindLastIndex(provider => provider.TryGet(key, out var text) && text is not (null or ""));
        if (value >= source)
        {
            return value > source ? null : $"{key} and {fileKey} are both set; remove one of them.";
        }

        var (content, problem) = Read(Workspace.PathOf(builder.Environment, file));
        if (problem is null)
        {
            builder.Configuration.Sources.Insert(
                source + 1, new MemoryConfigurationSource { InitialData = [KeyValuePair.Create(key, content)] });

            return null;
        }

        return $"{fileKey} must name a file that the app can read, and {problem}.";
    }

    private static (string? Content, string? Problem) Read(string path)
    {
        if (Directory.Exists(path))
        {
            return (null, "this is a folder");
        }

        try
        {
            var content = new char[MaxLength + 1];
            using var reader = new StreamReader(
                path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            var length = reader.ReadBlock(content);

            // Editors, echo and kubectl end it with a line break.
            return length > MaxLength
                ? (null, "this one is longer than 64 KiB")
                : (new string(content, 0, length).TrimEnd('\r', '\n'), null);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            return (null, exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is none of this name",
                UnauthorizedAccessException => "its permissions do not allow it",
                DecoderFallbackException => "this one is not text in UTF-8",
                _ => "reading it failed",
            });
        }
    }

    private sealed record Unreadable(string[] Failures);
}
