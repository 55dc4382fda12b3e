using System.Net.Sockets;

namespace ProdReadyTemplate.Tests;

/// <summary>deploy/probe.sh, against the app and against a service in which each thing fails.</summary>
public sealed class ProbeTests(Template template)
{
    private const string Password = "probe \"pass\\word\" must-not-be-logged";
    private const string Portal = "<html>Sign in to the Wi-Fi</html>";
    private const string Refused = """{ "type": "urn:problem-type:invalid-credentials", "status": 401 }""";

    private static readonly string Script = Path.Combine(Template.Repository, "template", "deploy", "probe.sh");

    private static readonly Dictionary<string, string?> Account = new()
    {
        ["PROBE_EMAIL"] = "probe@example.com",
        ["PROBE_PASSWORD"] = Password,
        ["PROBE_TIMEOUT"] = "2",
    };

    public static TheoryData<string, int, string, string, string> Failures => new()
    {
        { "GET /health/ready", 503, "Unhealthy", "/health/ready answered 503", "" },
        { "GET /health/ready", 200, Portal, "not Healthy", "" },
        { "GET /health/ready", 302, "", "answered 302", "" },
        { "GET /health/ready", StubService.Silent, "", "timed out", "" },
        { "POST /api/v1/auth/login", 401, Refused, "answered 401, invalid-credentials", "login" },
        { "POST /api/v1/auth/login", 200, Portal, "no access token", "login" },
        { "POST /api/v1/auth/login", 200, new string('x', 200_000), "file size", "login" },
        { "GET /api/v1/account", 500, "\e[31m\n\n", "/api/v1/account answered 500", "login account logout" },
        { "GET /api/v1/account", StubService.Silent, "", "timed out", "login account logout" },
        { "POST /api/v1/auth/logout", 500, "", "/api/v1/auth/logout answered 500", "login account logout logout" },
    };

    [Fact]
    public async Task It_signs_in_to_the_app_and_leaves_no_session()
    {
        SkipElsewhere();
        var project = await template.Default();
        await project.WhileRunning(
            async client =>
            {
                var visitor = new Visitor(Mailboxes.FolderOf(project));
                await visitor.SignUp(client);
                Dictionary<string, string?> account = new()
                {
                    ["PROBE_EMAIL"] = visitor.Email,
                    ["PROBE_PASSWORD"] = Visitor.Password,
                };

                var up = await Probe(client.BaseAddress!.OriginalString, account);
                account["PROBE_PASSWORD"] = "wrong-must-not-be-logged";
                var refused = await Probe(client.BaseAddress.OriginalString, account);

                up.Succeeded();
                Assert.Contains("signed in and out", up.Output);
                refused.Failed("answered 401, invalid-credentials");
                Assert.Equal(1, (await visitor.Get(client, "account/sessions")).GetArrayLength());
            },
            []);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_is_one_line_and_signs_out_again(
        string call, int status, string body, string because, string thenCalls)
    {
        SkipElsewhere();
        using var service = new StubService();
        service.Answer(call, status, body);

        (await Probe($"{service.Url}/", Account)).Failed(because);

        Assert.Equal(thenCalls, string.Join(' ', service.Calls.Skip(1).Select(path => path.Split('/')[^1])));
    }

    [Fact]
    public async Task No_other_user_of_the_machine_sees_a_secret()
    {
        SkipElsewhere();
        foreach (var call in new[] { "POST /api/v1/auth/login", "GET /api/v1/account" })
        {
            using var service = new StubService();
            service.Answer(call, StubService.Silent);
            var probe = Probe(service.Url, Account);
            while (!service.Calls.Contains(call))
            {
                Assert.False(probe.IsCompleted);
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            var commands = await Cli.Run("/", [], "ps", "axww", "-o", "args");

            Assert.Contains(service.Url, commands);
            Assert.DoesNotContain("must-not-be-logged", commands);
            (await probe).Failed("timed out");
        }
    }

    [Fact]
    public async Task An_address_that_is_none_is_not_called_and_not_repeated()
    {
        SkipElsewhere();
        foreach (var url in new[]
        {
            "", "app.example", "file:///etc/passwd", "https://app:must-not-be-logged@app.example",
            "https://app.example/?key=must-not-be-logged", "https://app.example -o /tmp/x",
        })
        {
            (await Probe(url, Account)).Failed("Usage");
        }

        (await Probe($"http://127.0.0.1:{Project.FreePort()}", Account)).Failed("Failed to connect");
        (await Probe("http://127.0.0.1:1", new() { ["PROBE_TIMEOUT"] = "0" })).Failed("whole numbers from 1");
    }

    [Fact]
    public async Task A_certificate_must_be_valid_for_the_name_and_for_two_weeks()
    {
        SkipElsewhere();
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("probe-").FullName;
        var (address, port) = (Socket.OSSupportsIPv6 ? "[::1]" : "127.0.0.1", Project.FreePort());
        Directory.CreateDirectory(Path.Combine(folder, "health"));
        await File.WriteAllTextAsync(Path.Combine(folder, "health", "ready"), "Healthy", ct);
        await Cli.Run(
            folder, [], "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out",
            "certificate", "-days", "5", "-subj", "/CN=app", "-addext", "subjectAltName=IP:127.0.0.1,IP:::1");
        using var server = Cli.Start(
            folder, [], "openssl", "s_server", "-accept", $"{address}:{port}", "-key", "key", "-cert", "certificate",
            "-WWW", "-quiet");
        _ = server.StandardOutput.ReadToEndAsync(ct);
        _ = server.StandardError.ReadToEndAsync(ct);
        Dictionary<string, string?> trusted = new() { ["CURL_CA_BUNDLE"] = Path.Combine(folder, "certificate") };
        try
        {
            await Listening(address.Trim('[', ']'), port);

            (await Probe($"https://{address}:{port}", [])).Failed("certificate");
            (await Probe($"https://localhost:{port}", trusted)).Failed("ready");
            (await Probe($"https://{address}:{port}", trusted)).Failed("ends in less than 14 days");
            (await Probe($"https://{address}:{port}", new(trusted) { ["PROBE_CERTIFICATE_DAYS"] = "4" })).Succeeded();
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(ct);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Listening(string address, int port)
    {
        var ct = TestContext.Current.CancellationToken;
        for (var i = 0; i < 100; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(address, port, ct);

                return;
            }
            catch (SocketException)
            {
                // It is still starting.
                await Task.Delay(50, ct);
            }
        }
    }

    private static async Task<BackupScripts.Ended> Probe(string url, Dictionary<string, string?> settings)
    {
        using var process = Cli.Start("/", settings, Script, url);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        return new(process.ExitCode, await output, await errors);
    }

    private static void SkipElsewhere() => Assert.SkipUnless(OperatingSystem.IsLinux(), "deploy/ is for Linux.");
}
