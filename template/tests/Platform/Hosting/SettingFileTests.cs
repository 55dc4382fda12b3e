using System.Text;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>A setting with __FILE behind its name is read from the file that it names.</summary>
public sealed class SettingFileTests : IDisposable
{
    private const string Password = "must-not-be-shown";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("secrets-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_app_reads_its_secrets_from_files()
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["Jwt:SigningKeys:0"] = "",
            ["Jwt:SigningKeys:0:FILE"] = FileWith(Apps.SigningKey + "\r\n\n"),
            ["ConnectionStrings:Database"] = "",
            ["ConnectionStrings:Database:FILE"] = FileWith($"\uFEFF{Apps.DatabaseThatIsAway}"),
            // As Compose sets what is not set.
            ["Smtp:Password:FILE"] = "",
        };

        var (app, client) = await AppProcess.Start(settings);

        using (client)
        await using (app)
        {
            Assert.True((await client.Get("/health/live")).IsSuccessStatusCode);
            Assert.Equal(0, await app.Stop());
            Assert.DoesNotContain(app.Output, line => line.Contains("no such setting"));
        }
    }

    [Fact]
    public async Task The_text_of_the_file_is_the_value_and_is_judged_like_it()
    {
        var (exitCode, _, errors) = await Run("Accounts:PasswordMinLength", FileWith($"4 {Password}\n"));

        Assert.Equal(1, exitCode);
        Assert.Equal(
            "The app does not start: Accounts:PasswordMinLength cannot be read as a whole number."
            + " See docs/configuration.md.",
            Assert.Single(errors));
    }

    [Fact]
    public async Task The_variable_of_Sentry_can_be_in_a_file()
    {
        var (exitCode, _, errors) = await Run("SENTRY_DSN", FileWith("no DSN"));

        Assert.Equal(1, exitCode);
        Assert.Contains("Sentry:Dsn", Assert.Single(errors));
    }

    [Theory]
    [InlineData("missing", "There is none of this name")]
    [InlineData("folder", "This one cannot be read as such")]
    [InlineData("binary", "This one cannot be read as such")]
    [InlineData("long", "This one cannot be read as such")]
    public async Task What_cannot_be_read_is_one_line_without_path_and_content(string kind, string problem)
    {
        var path = kind switch
        {
            "missing" => Path.Combine(folder.FullName, Password),
            "folder" => folder.CreateSubdirectory(Password).FullName,
            "binary" => FileWith([.. Encoding.UTF8.GetBytes(Password), 0xFF]),
            _ => FileWith(string.Concat(Enumerable.Repeat(Password, 10_000))),
        };

        var (exitCode, output, errors) = await Run("Smtp:Password", path);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            "The app does not start: Smtp:Password:FILE must name a file of text, at most 64 KiB. "
            + $"{problem}. See docs/configuration.md.",
            Assert.Single(errors));
        Assert.DoesNotContain(output, line => line.Contains(Password));
    }

    [Fact]
    public async Task A_setting_and_its_file_at_the_same_place_are_refused()
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["Smtp:Password"] = Password,
            ["Smtp:Password:FILE"] = FileWith(Password),
        };

        var serving = await EntryPoint.Run(settings);
        var doctor = await EntryPoint.Run(settings, "doctor");

        Assert.Equal((1, 2), (serving.ExitCode, doctor.ExitCode));
        Assert.Equal(
            "The app does not start: Smtp:Password and Smtp:Password:FILE are both set; remove one of them."
            + " See docs/configuration.md.",
            Assert.Single(serving.Errors));
        Assert.Equal(serving.Errors, doctor.Errors);
        Assert.Empty(doctor.Output);
    }

    [Fact]
    public async Task A_file_that_the_environment_names_wins_over_appsettings()
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            // appsettings.json has another.
            ["Serilog:MinimumLevel:Default:FILE"] = FileWith(Password),
        };

        var (exitCode, _, errors) = await AppProcess.Run(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("Serilog:MinimumLevel:Default cannot be read", Assert.Single(errors));
    }

    [Theory]
    [InlineData("Jwt:SigningKeys:0:file", "no key", "Jwt:SigningKeys:0 is too weak")]
    [InlineData("Jwt:SigningKeys:0:File", null, "Jwt:SigningKeys:0 is too weak")]
    [InlineData("App:PublicUrl:FILE", null, "App:PublicUrl")]
    public async Task Small_letters_are_fine_and_without_a_name_the_setting_is_empty(
        string fileKey, string? content, string refusal)
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings);
        settings.Remove(fileKey[..fileKey.LastIndexOf(':')]);
        settings[fileKey] = content is null ? "" : FileWith(content);

        var (exitCode, _, errors) = await EntryPoint.Run(settings);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"The app does not start: {refusal}", Assert.Single(errors));
    }

    [Fact]
    public async Task Another_word_behind_the_name_of_a_setting_is_one_line()
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings);
        settings.Remove("Jwt:SigningKeys:0");
        settings["Jwt:SigningKeys:0:PATH"] = Password;

        var (exitCode, _, errors) = await EntryPoint.Run(settings);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            "The app does not start: Jwt:SigningKeys:0 is one value, and no group of settings."
            + " See docs/configuration.md.",
            Assert.Single(errors));
    }

    [Theory]
    [InlineData("Jwt:SigningKeys:0", false)]
    [InlineData("ConnectionStrings:Redis", false)]
    [InlineData("ConnectionStrings:Migrations", true)]
    public async Task Migrate_needs_only_the_files_of_the_connection_strings(string key, bool isNeeded)
    {
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            // The name of its pool, which an app of another test exports as telemetry, is this connection string.
            ["ConnectionStrings:Database"] = "Host=127.0.0.1;Port=1;Database=app;Username=migrator;Timeout=1",
            [$"{key}:FILE"] = Password,
        };
        settings.Remove(key);

        var (exitCode, output, errors) = await EntryPoint.Run(settings, "migrate");

        Assert.Equal(1, exitCode);
        Assert.Contains(
            isNeeded ? $"{key}:FILE must name a file" : "The migrations were not applied",
            Assert.Single([.. output, .. errors]));
    }

    private static Task<(int ExitCode, string[] Output, string[] Errors)> Run(string key, string path) =>
        EntryPoint.Run(new Dictionary<string, string>(Apps.ProductionSettings) { [$"{key}:FILE"] = path });

    private string FileWith(string text) => FileWith(Encoding.UTF8.GetBytes(text));

    private string FileWith(byte[] content)
    {
        var path = Path.Combine(folder.FullName, Guid.NewGuid().ToString());
        File.WriteAllBytes(path, content);

        return path;
    }
}
