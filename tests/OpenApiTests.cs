namespace ProdReadyTemplate.Tests;

/// <summary>
/// The OpenAPI document of a generated project, read by linters and by two generators of clients, whose clients call
/// the running app.
/// </summary>
public sealed class OpenApiTests(Template template)
{
    [Fact]
    public async Task The_document_has_no_lint_errors_and_its_generated_client_compiles()
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var project = await template.WithoutSample();
        var folder = Copy("openapi", "openapi-without-sample");
        foreach (var file in new[] { "round.ts", "tickets.ts" })
        {
            File.Delete(Path.Combine(folder, file));
        }

        await project.WhileRunning(client => SaveDocument(client, folder), Settings);

        var document = File.ReadAllText(Path.Combine(folder, "openapi.json"));
        // The team that publishes the API chooses its licence, and who answers for it.
        Assert.DoesNotMatch("\"(contact|license|termsOfService)\":", document);
        await LintAndGenerate(folder);
    }

    [Fact]
    public async Task Generated_clients_sign_in_edit_with_an_ETag_and_upload()
    {
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var project = await template.Default();
        var (typeScript, kiota) = (Copy("openapi", "openapi"), Copy("kiota", "kiota"));

        await project.WhileRunning(
            async client =>
            {
                await SaveDocument(client, typeScript);
                await SaveDocument(client, kiota);
                var visitor = new Visitor(Mailboxes.FolderOf(project));
                await visitor.SignUp(client);

                await LintAndGenerate(typeScript);
                var address = client.BaseAddress!.GetLeftPart(UriPartial.Authority);
                await Node.Npm(
                    typeScript,
                    new Dictionary<string, string?>
                    {
                        ["BASE_URL"] = address,
                        ["EMAIL"] = visitor.Email,
                        ["PASSWORD"] = Visitor.Password,
                    },
                    "run",
                    "round");

                await Cli.Dotnet(kiota, "tool", "restore");
                // It would ask GitHub for a newer version of itself.
                await Cli.Run(kiota, new() { ["KIOTA_UPDATE__DISABLED"] = "true" }, "dotnet", GenerateByKiota);
                await Cli.Dotnet(kiota, "run", "--", address, visitor.Email, Visitor.Password);
            },
            Settings);
    }

    private static string[] GenerateByKiota =>
    [
        .. "kiota generate --language CSharp --openapi openapi.json --class-name ApiClient".Split(' '),
        .. "--namespace-name Client --output Client --log-level Error".Split(' '),
    ];

    // The linter reports a server URL on localhost.
    private static Dictionary<string, string?> Settings => new()
    {
        ["App__PublicUrl"] = "https://app.example",
        ["PwnedPasswords__Enabled"] = "false",
    };

    private static async Task SaveDocument(HttpClient client, string folder) => await File.WriteAllTextAsync(
        Path.Combine(folder, "openapi.json"), await client.GetStringAsync("/openapi/v1.json"));

    private static async Task LintAndGenerate(string folder)
    {
        await Node.Npm(folder, "install", "--no-audit", "--no-fund");
        await Node.Npm(folder, "run", "lint");
        await Node.Npm(folder, "run", "client");
    }

    private string Copy(string tools, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(template.Work, name)).FullName;
        var source = Path.Combine(Template.Repository, "tests", tools);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }
}
