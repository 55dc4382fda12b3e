using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>The command: what it prints, and how it ends.</summary>
public sealed partial class DoctorTests
{
    private const string NeedsLinux = "Needs Linux, where SSL_CERT_FILE names the trusted certificates.";

    [PostgresFact]
    public async Task Where_nothing_is_wrong_every_check_is_fine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), NeedsLinux);
        await using var app = await HealthyApp.Start(certificateDays: 90);

        var (exitCode, output, errors) = await app.Examine("--json", "--strict");

        Assert.Empty(errors);
        var diagnosis = new Diagnosis(exitCode, string.Join('\n', output));
        Assert.Equal("", string.Join('\n', diagnosis.Found.Select(id => diagnosis[id].Text("message"))));
        Assert.Equal(0, exitCode);
        Assert.Equal(Ids().Order(), diagnosis.Checks.Select(check => check.Text("id")).Order());
    }

    [PostgresFact]
    public async Task A_warning_is_a_failure_only_with_strict()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), NeedsLinux);
        await using var app = await HealthyApp.Start(certificateDays: 5);

        var (exitCode, text, _) = await app.Examine();
        var (strictly, _, _) = await app.Examine("--strict");

        Assert.Equal("Failures: 0, warnings: 1. docs/doctor.md lists all checks.", text[^1]);
        Assert.Equal((0, 1), (exitCode, strictly));
        Assert.Contains(text, line => line.Contains("! D903 The certificate of the public URL ends in"));
        Assert.Equal(8, text.Count(line => Regex.IsMatch(line, "^✓ [1-9] ")));
        Assert.Contains("! 9 Locked endpoints", text);
        Assert.DoesNotContain(text, line => line.Contains('\e'));
    }

    [Fact]
    public async Task In_Development_it_says_what_separates_the_app_from_production()
    {
        await using var folder = new App();
        await File.WriteAllTextAsync(
            Path.Combine(folder.Folder, ".env"), $"Jwt__SigningKeys__0={Apps.SigningKey}\n", Scenarios.Ct);
        File.Copy(
            Path.Combine(AppContext.BaseDirectory, "appsettings.Development.json"),
            Path.Combine(folder.Folder, "appsettings.Development.json"));

        var (exitCode, output, errors) = await AppProcess.Run(
            new Dictionary<string, string>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ConnectionStrings:Database"] = "",
                ["PwnedPasswords:Enabled"] = "false",
            },
            ["doctor", $"--contentRoot={folder.Folder}"]);

        Assert.Equal(1, exitCode);
        // The second line is about .env, if its mode was too open.
        Assert.True(errors.Length < 2);
        Assert.All(
            ["D101", "D300 ConnectionStrings:Database", "D700 Smtp:Host", "D900 App:PublicUrl", "D900 AllowedHosts"],
            found => Assert.Contains(output, line => line.Contains(found)));
        Assert.InRange(output.Length, 9, 50);
        Assert.False(Directory.Exists(Path.Combine(folder.Folder, ".data")), "It changes nothing.");
    }

    [Fact]
    public async Task What_does_not_answer_is_one_finding_each_and_the_rest_goes_on()
    {
        using var silent = new TcpListener(IPAddress.Loopback, port: 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var watch = Stopwatch.StartNew();

        var diagnosis = await Diagnosis.Of(new()
        {
            ["App:PublicUrl"] = $"https://127.0.0.1:{port}",
            ["ConnectionStrings:Database"] = $"Host=127.0.0.1;Port={port};Username=app",
            ["Doctor:Timeout"] = "00:00:02",
            ["PwnedPasswords:BaseUrl"] = $"http://127.0.0.1:{port}",
            ["Sentry:Dsn"] = $"http://key@127.0.0.1:{port}/1",
            ["Smtp:Port"] = $"{port}",
        });

        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
        Assert.Superset(new HashSet<string> { "D301", "D405", "D602", "D701", "D901" }, diagnosis.Found.ToHashSet());
        Assert.Contains("no answer in time", diagnosis["D701"].Text("message"));
        // What needs the database is not guessed.
        Assert.DoesNotContain(diagnosis.Checks, check => check.Text("id") is "D302" or "D307");
        Assert.Equal("ok", diagnosis["D403"].Text("status"));
    }

    [Fact]
    public async Task An_unknown_option_is_refused()
    {
        var (exitCode, output, errors) = await EntryPoint.Run(Apps.ProductionSettings, "doctor", "--jsn");

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.StartsWith("There is no such command: doctor", errors[0]);
    }

    [Fact]
    public async Task No_secret_is_printed_whatever_is_wrong()
    {
        var marker = $"{Guid.NewGuid():N}";
        var server = TestPostgres.IsAvailable ? await TestPostgres.CreateDatabase() : Apps.DatabaseThatIsAway;
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ConnectionStrings:Database"] = $"{server};Password={marker}",
            ["ConnectionStrings:Migrations"] = $"Host=db;Password={marker}",
            ["ConnectionStrings:Redis"] = $"127.0.0.1:1,password={marker}",
            ["Jwt:SigningKeys:1"] = marker,
            //#if (S3)
            ["S3:Bucket"] = "files",
            ["S3:ServiceUrl"] = "http://127.0.0.1:1",
            ["S3:AccessKey"] = "key",
            ["S3:SecretKey"] = marker,
            //#endif
            ["Sentry:Dsn"] = $"http://{marker}@127.0.0.1:1/1",
            ["Smtp:UserName"] = "app",
            ["Smtp:Password"] = marker,
        };
        var asUrls = new Dictionary<string, string>(settings)
        {
            ["ConnectionStrings:Database"] = $"postgres://app:{marker}@db/app",
            ["ConnectionStrings:Redis"] = $"redis://app:{marker}@cache",
            ["Sentry:Dsn"] = marker,
        };

        foreach (var secrets in new[] { settings, asUrls })
        {
            var (_, json, _) = await EntryPoint.Run(secrets, "doctor", "--json");
            var (_, text, errors) = await EntryPoint.Run(secrets, "doctor");

            Assert.Contains(json, line => line.Contains("D205"));
            Assert.Contains(text, line => line.Contains("D200 Jwt:SigningKeys:1"));
            Assert.DoesNotContain(json.Concat(text).Concat(errors), line => line.Contains(marker));
        }
    }

    [Fact]
    public void The_page_lists_every_check_with_what_is_found_and_what_to_do()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "doctor.md")).ReplaceLineEndings("\n");

        var lines = Row().Matches(page).Select(row => row.Value);

        Assert.Equal(Rows().Select(cells => $"| {cells[0]} | {cells[1]} | {cells[3]} | {cells[4]} |"), lines);
    }

    /// <summary>The table of the texts: id, mark, fine, found, to do.</summary>
    private static IEnumerable<string[]> Rows() =>
        File.ReadLines(Repository.PathOf("src", "Doctor", "findings.md"))
            .Where(line => Regex.IsMatch(line, @"^\| D\d\d\d \|"))
            .Select(line => line.Trim('|', ' ').Split(" | "));

    private static IEnumerable<string> Ids() => Rows().Select(cells => cells[0]);

    [GeneratedRegex(@"(?m)^\| D\d\d\d \|.*\|$")]
    private static partial Regex Row();
}
