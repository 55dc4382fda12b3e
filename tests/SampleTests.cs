using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>A user adds features beside the sample, as README.md and its page say, and removes the sample.</summary>
public sealed partial class SampleTests(Template template)
{
    private const string Windows = "remove-sample.sh needs a POSIX shell.";

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Without_the_sample_a_project_is_as_if_it_had_never_had_it(bool sqlite, bool s3)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);
        string[] options = ["--sqlite", $"{sqlite}", "--s3", $"{s3}"];
        string[] without = [.. options, "--sample", "false"];
        var expected = await template.GenerateIn($"never {sqlite} {s3}", "My shop & Co", without);
        var project = await template.GenerateIn($"removed {sqlite} {s3}", "My shop & Co", options);
        // In a folder of a repository.
        await Git(Path.GetDirectoryName(project.Folder)!, "init", "--quiet");
        await Commit(project);

        await Remove(project, new Recipe(project, "README.md").Commands("## Replace the sample")[0]);

        Assert.Empty(await Git(project.Folder, "status", "--porcelain"));
        Assert.Equal(expected.Files(), project.Files());
        Assert.All(expected.Files().Where(file => file != ".env"), file =>
            Assert.Equal(expected.Read(file), project.Read(file)));
        Assert.DoesNotContain(project.Files(), file => Ticket().IsMatch(file + project.Read(file)));
    }

    [Fact]
    public async Task What_README_and_its_page_add_works_beside_the_sample_and_stays_when_it_is_removed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);
        Assert.SkipUnless(Postgres.IsAvailable, Postgres.Missing);
        Assert.SkipWhen(Node.IsMissing, Node.Missing);
        var project = await template.GenerateIn("bookmarks", "Acme.Shop");
        await Git(project.Folder, "init", "--quiet", "--initial-branch", "main");
        var page = new Recipe(project, "docs/add-a-feature.md");

        new Recipe(project, "README.md").Follow(Enumerable.Range(1, 5));
        page.Follow([.. Enumerable.Range(1, 14), 16, 17, 18]);
        await Cli.Run(project.Folder, Strict, "sh", "-ec", Assert.Single(page.Commands("**15.**")));
        await Commit(project);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => Remove(project, "scripts/remove-sample.sh"));
        Assert.Contains("you have added migrations, so use --drop-tables.", refused.Message);
        await Remove(project, new Recipe(project, "README.md").Commands("## Replace the sample")[1]);

        await Cli.Run(project.Folder, Strict, "dotnet", "build", "-warnaserror");
        await Cli.Dotnet(project.Folder, "format", "whitespace", "--folder", "--verify-no-changes");
        await Cli.Run(project.Folder, [], "sh", "scripts/check-migrations.sh", "main~1");
        Assert.All(project.Files().Where(file => Ticket().IsMatch(project.Read(file))), file =>
            Assert.StartsWith("src/Infrastructure/Database/Migrations/", file));
        await project.TestOnly("OpenApi", "Requests");
        await Test(project);
        await project.WhileRunning(
            client => OneRound(client, new Visitor(Mailboxes.FolderOf(project))),
            new() { ["PwnedPasswords__Enabled"] = "false" });
    }

    [Fact]
    public async Task What_a_user_has_changed_in_the_sample_is_a_conflict_and_nothing_is_lost()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);
        var project = await template.GenerateIn("changed", "Acme.Shop");
        var (ticket, useCases) = ("src/Domain/Ticket.cs", "src/Application/UseCases.cs");
        var added = "services.AddScoped<string>();";
        await Git(project.Folder, "init", "--quiet");
        await Assert.ThrowsAnyAsync<Exception>(() => Remove(project, "scripts/remove-sample.sh"));
        await Commit(project);
        Replace(project, ticket, "200;", "300;");
        Replace(project, useCases, "(.*)services.AddScoped<RemoveAttachment>.*\n", $"$0$1{added}\n");
        var untouched = await Assert.ThrowsAnyAsync<Exception>(() => Remove(project, "scripts/remove-sample.sh"));
        Assert.Contains("commit or stash your changes first.", untouched.Message);
        await Commit(project);

        var conflict = await Assert.ThrowsAnyAsync<Exception>(() => Remove(project, "scripts/remove-sample.sh"));

        Assert.Contains($"  {ticket}\nremove-sample: you have changed", conflict.Message);
        Assert.Contains("300;", project.Read(ticket));
        Assert.Contains(added, project.Read(useCases));
        Assert.DoesNotMatch(Ticket(), project.Read(useCases));
        await Git(project.Folder, "reset", "--quiet", "--hard");
        Assert.Contains("AddScoped<OpenTicket>", project.Read(useCases));

        Replace(project, "Directory.Build.props", "(?<=<TemplateVersion>)[^<]+", "9.9.9");
        await Commit(project);
        var older = await Assert.ThrowsAnyAsync<Exception>(() => Remove(project, "scripts/remove-sample.sh"));
        Assert.Contains("prodready-api is installed; install its version 9.9.9.", older.Message);
        Assert.Empty(await Git(project.Folder, "status", "--porcelain"));
    }

    [Fact]
    public void What_the_page_quotes_of_the_tests_stands_in_them()
    {
        var template = new Project(Path.Combine(Template.Repository, "template"));
        var page = template.Read("docs/add-a-feature.md");
        var code = string.Concat(template.Files()
            .Where(file => file.EndsWith(".cs") || file.EndsWith("add-a-feature.md")).Select(template.Read));

        var quotes = Quote().Matches(page[page.IndexOf("## When a step")..]).Select(quote => quote.Value).ToList();

        Assert.InRange(quotes.Count, 10, 100);
        // More than once: once on the page.
        Assert.All(quotes, quote => Assert.True(code.Split(quote).Length > 2, $"No test says {quote}"));
    }

    // As a client does it: each verb once, and the errors that a second device sees.
    private static async Task OneRound(HttpClient client, Visitor user)
    {
        await user.SignUp(client);
        client.DefaultRequestHeaders.Authorization = user.Bearer;
        var tea = new { title = "How to brew tea", url = "https://example.com/tea", tags = new[] { "tea" } };

        var added = await Send("POST", "/api/v1/bookmarks", tea, ("Idempotency-Key", "1"));
        var again = await Send("POST", "/api/v1/bookmarks", tea, ("Idempotency-Key", "1"));
        var path = added.Headers.Location!.ToString();
        Assert.Equal(added.Headers.Location, again.Headers.Location);
        await Send("POST", "/api/v1/bookmarks", tea);
        var first = await client.GetFromJsonAsync<JsonElement>("/api/v1/bookmarks?limit=1&search=tea");
        var second = await client.GetFromJsonAsync<JsonElement>(
            $"/api/v1/bookmarks?limit=1&search=tea&cursor={first.GetProperty("nextCursor")}");
        Assert.EndsWith(second.GetProperty("items")[0].GetProperty("id").GetString()!, path);
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);

        HttpResponseMessage[] answers =
        [
            await Send("GET", path, null),
            await Send("GET", path, null, ("If-None-Match", "\"1\"")),
            await Send("PUT", path, tea),
            await Send("PUT", path, tea, ("If-Match", "\"1\"")),
            await Send("PUT", path, tea, ("If-Match", "\"1\"")),
            await Send("PUT", path, new { tea.title, url = "javascript:alert(1)" }, ("If-Match", "\"2\"")),
            await Send("DELETE", path, null, ("If-Match", "\"1\"")),
            await Send("DELETE", path, null),
            await Send("DELETE", path, null),
        ];
        Assert.Equal([200, 304, 428, 200, 412, 400, 412, 204, 404], answers.Select(answer => (int)answer.StatusCode));
        Assert.Equal(HttpStatusCode.NotFound, (await Send("GET", "/api/v1/tickets", null)).StatusCode);

        async Task<HttpResponseMessage> Send(string verb, string to, object? body, (string, string)? header = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(verb), to);
            request.Content = body is null ? null : JsonContent.Create(body);
            if (header is var (name, value))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            return await client.SendAsync(request);
        }
    }

    // On PostgreSQL; the round is on SQLite.
    private static async Task Test(Project project)
    {
        using var turn = await Turn.ToTest();
        string[] test = ["test", "--no-build", "--filter-class", "*BookmarkTests", "*GreetTests"];
        var output = await Cli.Dotnet(project.Folder, [.. test, "--project", "tests/Features", "--output", "Detailed"]);
        Assert.Contains("The_greeting_contains_the_name", output);
        test = [.. test[..3], "*.ModelTests", "*.MigrationRulesTests", "--project", "tests/Platform"];
        await Cli.Dotnet(project.Folder, test);
    }

    // With analyzers, as in CI.
    private static Dictionary<string, string?> Strict => new() { ["CI"] = "true" };

    private async Task Remove(Project project, string commands)
    {
        using var turn = await Turn.ToGenerate();
        await Cli.Run(project.Folder, new() { ["PATH"] = template.PathWithTemplate }, "sh", "-ec", commands);
    }

    private static async Task Commit(Project project)
    {
        await Git(project.Folder, "config", "user.name", "A");
        await Git(project.Folder, "config", "user.email", "a@example.com");
        await Git(project.Folder, "add", "--all");
        await Git(project.Folder, "commit", "--quiet", "--message", "Start");
    }

    private static Task<string> Git(string folder, params string[] args) => Cli.Run(folder, [], "git", args);

    private static void Replace(Project project, string file, string pattern, string replacement) => File.WriteAllText(
        Path.Combine(project.Folder, file), Regex.Replace(project.Read(file), pattern, replacement));

    [GeneratedRegex("ticket", RegexOptions.IgnoreCase)]
    private static partial Regex Ticket();

    // Words, not the names of files and calls.
    [GeneratedRegex(@"(?<=`)[A-Z]?[a-z]+ [^`]+(?=`)|(?<=`)\w+_\w+(?=`)|(?<=`)UseCases.cs [^`]+(?=`)")]
    private static partial Regex Quote();
}
