using System.Security.Cryptography;
using dotenv.net;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace ProdReady.Hosting;

internal static class DotEnv
{
    // The keys that .env.example lists without a value.
    private static readonly string[] Secrets = ["Jwt__SigningKeys__0"];

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
            Console.WriteLine($"Created {path} with random secrets for this machine.");
        }

        var sources = builder.Configuration.Sources;
        var variables = sources.OfType<EnvironmentVariablesConfigurationSource>().Last();
        sources.Insert(sources.IndexOf(variables), new MemoryConfigurationSource { InitialData = Read(path) });
    }

    private static Dictionary<string, string?> Read(string path) =>
        dotenv.net.DotEnv.Read(new DotEnvOptions(envFilePaths: [path], trimValues: true))
            .Where(pair => pair.Value.Length > 0)
            .ToDictionary(pair => pair.Key.Replace("__", ":"), pair => (string?)pair.Value);

    private static void Create(string path)
    {
        var lines = Secrets.Select(key => $"{key}={Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))}");
        var draft = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllLines(draft, lines);

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
}
