namespace ProdReadyTemplate.Tests;

/// <summary>
/// The pages of a generated project, in a real browser. Not in parallel with other tests: while compilers use both
/// cores, an answer takes so long that the app cancels the request. With SCREENSHOTS=1 the pictures of the docs are
/// made again.
/// </summary>
[Collection(nameof(BrowserTests))]
[CollectionDefinition(nameof(BrowserTests), DisableParallelization = true)]
public sealed class BrowserTests(Template template)
{
    private static readonly string Tests = Path.Combine(Template.Repository, "tests", "browser");

    [Fact]
    public async Task The_pages_work_in_Chromium()
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        Assert.SkipWhen(Chromium.IsMissing, Chromium.Missing);
        var project = await template.Default();
        var folder = Path.Combine(template.Work, "browser", "tests");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Tests))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        await Node.Npm(folder, "install", "--no-audit", "--no-fund");
        await project.WhileRunning(
            async client =>
            {
                var environment = new Dictionary<string, string?>
                {
                    ["BASE_URL"] = client.BaseAddress!.GetLeftPart(UriPartial.Authority),
                    ["MAIL_DIR"] = Path.Combine(project.Folder, ".data", "mail"),
                    ["FILES_DIR"] = Path.Combine(project.Folder, "tests", "Support", "Files", "Samples"),
                    ["REPOSITORY"] = Template.Repository,
                };
                await Node.Npm(folder, environment, "test");
                if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 })
                {
                    await Node.Npm(folder, environment, "run", "screenshots");
                }
            },
            settings: new()
            {
                ["PwnedPasswords__Enabled"] = "false",
                ["RateLimits__Api__PermitLimit"] = "1000",
                ["RateLimits__Auth__PermitLimit"] = "1000",
            });
    }
}
