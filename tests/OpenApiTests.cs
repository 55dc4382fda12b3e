namespace ProdReadyTemplate.Tests;

/// <summary>The OpenAPI document of a generated project, read by a linter and by a client generator.</summary>
public sealed class OpenApiTests(Template template)
{
    private static readonly string Tools = Path.Combine(Template.Repository, "tests", "openapi");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_document_has_no_lint_errors_and_its_generated_client_compiles(bool sample)
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var project = await (sample ? template.Default() : template.WithoutSample());
        var folder = ToolsIn(Path.Combine(template.Work, $"openapi-{sample}"), sample);

        await project.WhileRunning(
            async client => await File.WriteAllTextAsync(
                Path.Combine(folder, "openapi.json"), await client.GetStringAsync("/openapi/v1.json")),
            // The linter reports a server URL on localhost.
            settings: new() { ["App__PublicUrl"] = "https://app.example" });

        await Node.Npm(folder, "install", "--no-audit", "--no-fund");
        await Node.Npm(folder, "run", "lint");
        await Node.Npm(folder, "run", "client");
    }

    private static string ToolsIn(string folder, bool sample)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Tools))
        {
            var name = Path.GetFileName(file);
            if (sample || name != "tickets.ts")
            {
                File.Copy(file, Path.Combine(folder, name));
            }
        }

        return folder;
    }
}
