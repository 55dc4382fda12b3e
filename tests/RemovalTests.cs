using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// A guarantee that a project does not need leaves as docs/architecture.md says: by deleting its rooms, and the lines
/// that name it. What is left builds and passes its tests.
/// </summary>
public sealed class RemovalTests(Template template)
{
    [Fact]
    public async Task Files_leave_with_their_rooms_and_the_lines_that_name_them()
    {
        var project = await template.GenerateIn("without-files", "Acme.Shop", "--sample", "false");
        Delete(
            project,
            "src/Api/Files",
            "src/Application/Files",
            "src/Domain/StoredFile.cs",
            "src/Infrastructure/Files",
            "tests/Platform/Doctor/FileCheckTests.cs",
            "tests/Platform/Files",
            "tests/Support/Files");
        DeleteText(project, @"(?ms)^ +app\.Check\(""D(50[1-3]|80[5-9])"".*?\n(?= +(app\.Check|\]))");
        const string Methods = "(FindLostFile|Existing)";
        DeleteText(project, $@"(?ms)^    //[^\n]+\n    \w+ static [^\n]+ {Methods}\(.*?^(    \}}|        [^\n]+;)\n\n");
        DeleteText(project, @"(?m)^ +(UnsupportedFile|FileTooLarge|StorageFull)Exception => .*\n");
        DeleteText(project, @"(?m)^.*(\bFiles;|AddFiles|FuzzedForms|\b(Uploads|ClamAv)(:|__)).*\n");

        await project.Build();
        await project.TestOnly("Errors", "Hosting", "Jobs", "OpenApi", "Requests");
    }

    [Fact]
    public async Task The_Redis_counter_leaves_with_its_files_and_the_lines_that_name_it()
    {
        var project = await template.GenerateIn("without-redis", "Acme.Shop");
        Delete(
            project,
            "src/Infrastructure/RateLimiting/Redis.cs",
            "tests/Platform/Doctor/RedisCheckTests.cs",
            "tests/Platform/RateLimiting/RedisFactAttribute.cs",
            "tests/Platform/RateLimiting/SharedLimitTests.cs",
            "tests/Platform/RateLimiting/TestRedis.cs");
        DeleteText(project, @"(?ms)^ +app\.Check\(""D910"".*?\n(?= +\])");
        DeleteText(project, @"(?m)^.*(AddRedis|ConnectionStrings(:|__)Redis|StackExchange\.Redis).*\n");

        await project.Build();
        await project.TestOnly("RateLimiting", "Hosting");
    }

    private static void Delete(Project project, params string[] paths)
    {
        foreach (var path in paths.Select(path => Path.Combine(project.Folder, path)))
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    private static void DeleteText(Project project, string pattern)
    {
        foreach (var file in project.Files().Where(file =>
            Regex.IsMatch(file, @"^(src|tests)/.*\.cs(proj)?$|\.props$|^docs/configuration\.md$")
            || file is "Dockerfile" or "docker-compose.yml" or ".env.example"
                or "deploy/compose.yml" or "deploy/app.env.example"))
        {
            var text = project.Read(file);
            var rest = Regex.Replace(text, pattern, "");
            if (rest != text)
            {
                File.WriteAllText(Path.Combine(project.Folder, file), rest);
            }
        }
    }
}
