using dotenv.net;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace ProdReady.Hosting;

internal static class DotEnv
{
    /// <summary>
    /// Reads <c>.env</c> in Development; environment variables win. Git ignores the file, because it holds secrets:
    /// after a clone it is missing, and is created with random ones.
    /// </summary>
    public static void AddDotEnv(this WebApplicationBuilder builder)
    {
        if (!builder.Environment.IsDevelopment())
        {
            return;
        }

        var path = Workspace.PathOf(builder.Environment, ".env");
        if (!File.Exists(path))
        {
            Create(path);
            Console.Error.WriteLine($"Created {path} with random secrets for this machine.");
        }
        else if (Restrict(path))
        {
            Console.Error.WriteLine($"Other users of this machine could read {path}; now only its owner can.");
        }

        var sources = builder.Configuration.Sources;
        var variables = sources.OfType<EnvironmentVariablesConfigurationSource>().Last();
        sources.Insert(sources.IndexOf(variables), new MemoryConfigurationSource { InitialData = Read(path) });
    }

    // A shell may read the file, too: then "export" is before a name. Of two the last one counts.
    private static Dictionary<string, string?> Read(string path) =>
        dotenv.net.DotEnv.Read(new DotEnvOptions(envFilePaths: [path], trimValues: true))
            .Where(line => line.Value.Length > 0)
            .ToLookup(line => line.Key.Split([' ', '\t'])[^1].Replace("__", ":"), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(lines => lines.Key, lines => (string?)lines.Last().Value);

    private static void Create(string path)
    {
        var draft = $"{path}.{Guid.NewGuid():N}";
        File.Create(draft).Dispose();
        Restrict(draft);
        // The setting that .env.example lists without a value.
        File.WriteAllText(draft, $"Jwt__SigningKeys__0={Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))}\n");

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process that starts at the same time has created the file; both use it.
            File.Delete(draft);
        }
    }

    /// <returns>False where other users could not read it, and where the mode cannot be changed.</returns>
    private static bool Restrict(string path)
    {
        const UnixFileMode Readable = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Readable) == 0)
        {
            return false;
        }

        try
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            // Another user owns it, or it is read-only, as in a container that mounts the folder.
        }

        return (File.GetUnixFileMode(path) & Readable) == 0;
    }
}
