namespace ProdReadyTemplate.Tests;

/// <summary>deploy/uptime.sh, with a recorder in place of GitHub's command line.</summary>
public sealed class UptimeTests : IDisposable
{
    // It keeps the number of the open issue, as GitHub does, and writes down what it was told.
    private const string Recorder = """
        #!/bin/sh
        cd "$(dirname "$0")"
        [ ! -e broken ] || { echo "HTTP 502" >&2 && exit 1; }
        echo "$*" >>calls
        case "$1 $2" in
          "issue list") cat open 2>/dev/null || true ;;
          "issue create") echo 7 >open ;;
          "issue close") rm open ;;
        esac
        """;

    private static readonly string Script = Path.Combine(Template.Repository, "template", "deploy", "uptime.sh");

    private readonly string folder = Directory.CreateTempSubdirectory("uptime-").FullName;
    private readonly StubService service = new();

    [Fact]
    public async Task An_outage_is_one_issue_which_is_closed_when_it_is_over()
    {
        await WriteRecorder();
        await Run();
        Assert.Equal(["issue list"], Calls());

        service.Answer("GET /health/ready", 503);
        await Run();
        await Run();
        var whileDown = Calls();
        service.Answer("GET /health/ready", 200, "Healthy");
        await Run();
        await Run();

        Assert.Equal(["issue list", "label create", "issue create", "issue list"], whileDown);
        Assert.Equal(["issue list", "issue close", "issue list"], Calls());
        var said = await File.ReadAllTextAsync(In("all"), TestContext.Current.CancellationToken);
        Assert.Contains("/health/ready answered 503, not 200", said);
        Assert.Contains("issue close 7 --comment The service answers again", said);
    }

    [Fact]
    public async Task Two_failed_probes_of_three_are_no_outage()
    {
        await WriteRecorder();
        service.Refuse(next: 2);

        await Run();

        Assert.Equal(3, service.Calls.Count);
        Assert.Equal(["issue list"], Calls());
    }

    [Fact]
    public async Task Without_an_answer_of_GitHub_the_run_fails_and_nothing_is_opened()
    {
        await WriteRecorder();
        await File.WriteAllTextAsync(In("broken"), "", TestContext.Current.CancellationToken);
        service.Answer("GET /health/ready", 503);

        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(Run);
        File.Delete(In("broken"));
        await Run();

        Assert.Equal(["issue list", "label create", "issue create"], Calls());
    }

    public void Dispose()
    {
        service.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string In(string name) => Path.Combine(folder, name);

    private async Task WriteRecorder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "deploy/ is for Linux.");
        await File.WriteAllTextAsync(In("gh"), Recorder + "\n", TestContext.Current.CancellationToken);
        await Cli.Run(folder, [], "chmod", "+x", "gh");
    }

    private Task<string> Run()
    {
        Dictionary<string, string?> settings = new()
        {
            ["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}",
            ["UPTIME_PAUSE"] = "0",
        };

        return Cli.Run("/", settings, Script, service.Url);
    }

    /// <returns>The first two words of each call since the last time.</returns>
    private IReadOnlyList<string> Calls()
    {
        var lines = File.ReadAllLines(In("calls"));
        File.Delete(In("calls"));
        File.AppendAllLines(In("all"), lines);

        // The text of an issue has several lines.
        return [.. lines.Select(line => line.Split(' '))
            .Where(words => words is ["issue" or "label", ..])
            .Select(words => $"{words[0]} {words[1]}")];
    }
}
