using System.Diagnostics;

namespace ProdReadyTemplate.Benchmark;

/// <summary>The repository, and what is built of it.</summary>
internal static class Root
{
    public static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(folder.FullName, "template")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Run it from the repository.");
        }

        return folder.FullName;
    }

    public static async Task Build(string root, params string[] projects)
    {
        foreach (var project in projects)
        {
            using var build = Process.Start(new ProcessStartInfo("dotnet", $"build {project} -c Release -v quiet")
            {
                WorkingDirectory = root,
                RedirectStandardOutput = true,
            })!;
            var output = await build.StandardOutput.ReadToEndAsync();
            await build.WaitForExitAsync();
            if (build.ExitCode != 0)
            {
                throw new InvalidOperationException(output);
            }
        }
    }
}
