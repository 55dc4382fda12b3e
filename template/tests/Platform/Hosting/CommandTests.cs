using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>Commands that need neither settings nor a database, as health checks of containers run them.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Help_lists_the_commands()
    {
        var (exitCode, output, errors) = await Run("--help");

        Assert.Equal(0, exitCode);
        Assert.Empty(errors);
        Assert.All(
            ["migrate", "doctor", "health", "--help"],
            command => Assert.Contains(output, line => line.Contains(command)));
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("help")]
    [InlineData("migrate", "--help")]
    public async Task Help_has_several_names_and_nothing_else_is_done(params string[] args)
    {
        var (exitCode, output, errors) = await EntryPoint.Run(new Dictionary<string, string>(), args);

        Assert.Equal(0, exitCode);
        Assert.Empty(errors);
        Assert.Equal("Commands:", output[0]);
    }

    [Theory]
    [InlineData("There is no such command: migrat", "migrat")]
    [InlineData("There is no such command: doctr --json", "doctr", "--json")]
    [InlineData("There is no such command: ", "")]
    [InlineData("There is no such command: Migrate", "Migrate")]
    [InlineData("There is no such command: --migrate", "--migrate")]
    [InlineData("There is no such command: --dry-run", "--dry-run=true")]
    [InlineData("There is no such command: --verbose", "--verbose=true")]
    [InlineData("There is no such command: --verbose migrate", "--verbose=true", "migrate")]
    [InlineData("There is no such command: migrate --verbose", "migrate", "--verbose")]
    [InlineData("There is no such command: migrate --verbose", "migrate", "--verbose=true")]
    [InlineData("There is no such command: migrate --dry_run", "migrate", "--dry_run")]
    [InlineData("There is no such command: --dry_run migrate", "--dry_run", "migrate")]
    [InlineData("There is no such command: migrate now", "migrate", "now")]
    [InlineData("There is no such command: doctor --strict --jsn", "doctor", "--strict", "--jsn")]
    [InlineData("There is no such command: health health", "health", "health")]
    [InlineData("There is no such command: --password", "--password=must-not-be-shown")]
    [InlineData("There is no such command: --password", "--password", "must-not-be-shown")]
    [InlineData("There is no such command: migrate -p", "migrate", "-p", "must-not-be-shown")]
    [InlineData("There is no such command: migrate Host", "migrate", "Host=db;Password=must-not-be-shown")]
    [InlineData("There is no such command: migrate postgres", "migrate", "postgres://app:must-not-be-shown@db/app")]
    public async Task What_is_not_a_command_is_refused_and_nothing_is_served(string line, params string[] args)
    {
        var (exitCode, output, errors) = await EntryPoint.Run(new Dictionary<string, string>(), args);

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Equal([line, "Commands:"], errors[..2]);
        Assert.Contains(errors, error => error.Contains("health"));
    }

    [Fact]
    public async Task A_process_with_a_mistyped_command_ends()
    {
        var (exitCode, output, errors) = await Run("migrat");

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Equal("There is no such command: migrat", errors[0]);
    }

    [Fact]
    public async Task Settings_can_be_arguments_of_an_app_that_serves()
    {
        string[] args = ["--urls", "http://127.0.0.1:0", "--environment=production", "--OpenApi:Enabled=true"];

        var (app, client) = await AppProcess.Start(Apps.ProductionSettings, args: args);

        using (client)
        await using (app)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.Get("/openapi/v1.json")).StatusCode);
        }
    }

    [Theory]
    [InlineData("--environment=Production")]
    [InlineData("--environment", "Production")]
    [InlineData("--urls", "http://127.0.0.1:0")]
    [InlineData("--Accounts:PasswordMinLength=20")]
    [InlineData("--Accounts:PasswordMinLength", "20")]
    public async Task The_options_of_the_host_are_not_commands(params string[] options)
    {
        var (exitCode, _, errors) = await Run([.. options, "migrate"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("ConnectionStrings:Database", Assert.Single(errors));
    }

    [Theory]
    [InlineData(StatusCodes.Status200OK, 0)]
    [InlineData(StatusCodes.Status503ServiceUnavailable, 1)]
    public async Task Health_asks_whether_the_app_is_ready(int status, int expected)
    {
        await using var app = await OtherService.Start(context =>
        {
            context.Response.StatusCode = status;

            return Task.CompletedTask;
        });
        var port = new Uri(app.Url).Port;

        var byPort = await Health(new() { ["ASPNETCORE_URLS"] = "", ["ASPNETCORE_HTTP_PORTS"] = $"{port};1" });
        var byAddress = await Health(new() { ["ASPNETCORE_URLS"] = $"http://*:{port};https://+:1" });

        Assert.Equal((expected, expected), (byPort.ExitCode, byAddress.ExitCode));
        Assert.Equal(["/health/ready", "/health/ready"], app.Requests);
        // One line, and no log.
        Assert.Equal("Healthy", expected == 0 ? Assert.Single(byPort.Output) : "Healthy");
        Assert.Single([.. byAddress.Output, .. byAddress.Errors]);
    }

    [Fact]
    public async Task Health_asks_by_https_where_there_is_nothing_else_and_the_certificate_names_the_public_host()
    {
        await using var app = await OtherService.Start(_ => Task.CompletedTask, isHttps: true);
        var port = new Uri(app.Url).Port;

        var byPort = await Health(new()
        {
            ["ASPNETCORE_URLS"] = "",
            ["ASPNETCORE_HTTP_PORTS"] = "",
            ["ASPNETCORE_HTTPS_PORTS"] = $"{port}",
        });
        var byAddress = await Health(new() { ["ASPNETCORE_URLS"] = $"https://[::]:{port}" });

        string[] lines = [.. byPort.Output, .. byPort.Errors, .. byAddress.Output, .. byAddress.Errors];
        Assert.Equal(["Healthy", "Healthy"], lines);
        Assert.Equal((0, 0), (byPort.ExitCode, byAddress.ExitCode));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("nonsense")]
    public async Task Health_fails_where_nothing_answers(string address)
    {
        var (exitCode, output, errors) = await Health(new() { ["ASPNETCORE_URLS"] = address });

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.StartsWith("Unhealthy: ", Assert.Single(errors));
    }

    [Fact]
    public async Task Health_does_not_wait_for_an_app_that_hangs()
    {
        await using var app = await OtherService.Start(context =>
            Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted));

        var watch = Stopwatch.StartNew();
        var (exitCode, _, errors) = await Health(new() { ["ASPNETCORE_URLS"] = app.Url });

        Assert.Equal(1, exitCode);
        Assert.Single(errors);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
    }

    // An app that served would not end.
    private static Task<(int ExitCode, string[] Output, string[] Errors)> Run(params string[] args) =>
        AppProcess.Run(new Dictionary<string, string>(), args);

    private static Task<(int ExitCode, string[] Output, string[] Errors)> Health(
        Dictionary<string, string> settings) => AppProcess.Run(settings, ["health"]);
}
