using Microsoft.Extensions.Configuration.Memory;

namespace ProdReady.Hosting;

/// <summary>What is wrong with files of settings. Without the path: by mistake that may be the secret itself.</summary>
internal sealed record SettingFileFailures(List<string> All);

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
        var files = settings.AsEnumerable().Where(setting => setting.Key.NamesFile()).ToList();
        var failures = files.Select(file => Add(file.Key, file.Value ?? ""));
        builder.Services.AddSingleton(new SettingFileFailures([.. failures.OfType<string>()]));

        string? Add(string fileKey, string file)
        {
            var key = ConfigurationPath.GetParentPath(fileKey)!;
            var providers = settings.Providers.ToList();
            var source = providers.FindLastIndex(provider => provider.TryGet(fileKey, out _));
            var value = providers.FindLastIndex(provider => provider.TryGet(key, out var text) && text?.Length > 0);
            if (value >= (file.Length > 0 ? source : 0))
            {
                return value == source && file.Length > 0
                    ? $"{key} and {fileKey} are both set; remove one of them."
                    : null;
            }

            var path = Workspace.PathOf(builder.Environment, file);
            // No name, as Compose passes a variable that is not set, is no text: the binder fails without any.
            if ((file.Length > 0 ? Read(path) : "") is not { } content)
            {
                return $"{fileKey} must name a file of text, at most 64 KiB. "
                    + (Path.Exists(path) ? "This one cannot be read as such." : "There is none of this name.");
            }

            var memory = new MemoryConfigurationSource { InitialData = [KeyValuePair.Create(key, (string?)content)] };
            builder.Configuration.Sources.Insert(source + 1, memory);

            return null;
        }
    }

    private static string? Read(string path)
    {
        try
        {
            using var reader = new StreamReader(
                path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            var content = new char[MaxLength + 1];
            var length = reader.ReadBlock(content);

            // Editors, echo and kubectl end it with a line break.
            return length > MaxLength ? null : new string(content, 0, length).TrimEnd('\r', '\n');
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            return null;
        }
    }
}
