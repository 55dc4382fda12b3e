using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>scripts/remove-sample.sh, as README.md of a generated project says.</summary>
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
    }

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
}
