using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// Two instances of a published project behind Caddy are restarted one after the other, as a deployment does, with the
/// default settings of Production. Not in parallel with other tests: the load needs the cores.
/// </summary>
[Collection(nameof(RollingRestartTests))]
[CollectionDefinition(nameof(RollingRestartTests), DisableParallelization = true)]
public sealed class RollingRestartTests(Template template)
{
    private const int RequestsPerSecond = 200;
    private const string Password = "correct horse battery staple";

    // As many rounds as fit. ROLLING_ROUNDS sets their number instead.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(45);

    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("ROLLING_ROUNDS"), out var rounds) ? rounds : 0;

    // Until the proxy knows that an instance is ready, so that the other may stop: it asks every second.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_rolling_restart_under_load_loses_no_request_and_does_nothing_twice()
    {
        Assert.SkipUnless(Postgres.IsAvailable, Postgres.Missing);
        Assert.SkipWhen(Caddy.IsMissing, Caddy.Missing);
        var published = await template.Published();
        var database = await Postgres.CreateDatabase();
        await using var source = NpgsqlDataSource.Create(database);
        var settings = SettingsWith(database);
        await using var first = new Instance(published, settings);
        await using var second = new Instance(published, settings);
        await first.Run("migrate");
        await Task.WhenAll(first.Start(), second.Start());
        var port = Project.FreePort();
        await using var caddy = new Caddy(Path.Combine(template.Work, "caddy"), port, first.Port, second.Port);
        using var client = await SignedIn(source, first.Port, port);

        var load = new ConstantRate(client, RequestsPerSecond);
        var running = load.RunUntilStopped();
        var deadline = DateTime.UtcNow + Budget;
        var done = 0;
        for (; Rounds > 0 ? done < Rounds : DateTime.UtcNow < deadline; done++)
        {
            foreach (var instance in (Instance[])[first, second])
            {
                await Task.Delay(Pause, TestContext.Current.CancellationToken);
                await instance.Stop();
                await instance.Start();
            }
        }

        load.Stop();
        await running;

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{done} rounds, {load.Sent} requests, {load.Created.Count} created, {load.Lost.Count} lost.");
        Assert.Empty(load.Lost);
        Assert.Equal(load.Created.Order(), (await Titles(source)).Order());
        Assert.Equal((load.Sent + 2) / 3, load.Created.Count);
    }

    private Dictionary<string, string?> SettingsWith(string database) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["AllowedHosts"] = "127.0.0.1",
        ["App__PublicUrl"] = "https://app.example",
        ["ConnectionStrings__Database"] = database,
        ["Jwt__AccessTokenLifetime"] = "01:00:00",
        ["Jwt__SigningKeys__0"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)),
        ["Proxy__KnownNetworks__0"] = "127.0.0.1/32",
        ["PwnedPasswords__Enabled"] = "false",
        ["RateLimits__Api__PermitLimit"] = "1000000",
        ["RateLimits__Writes__PermitLimit"] = "1000000",
        // No mail server listens there: the address is confirmed in the database.
        ["Smtp__Host"] = "127.0.0.1",
        ["Smtp__Port"] = "1",
        ["Smtp__From"] = "noreply@app.example",
        ["Uploads__Directory"] = Path.Combine(template.Work, "uploads"),
    };

    private static async Task<HttpClient> SignedIn(NpgsqlDataSource source, int instance, int proxy)
    {
        var credentials = new { email = "ada@example.com", password = Password };
        using var direct = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{instance}/api/v1/auth/") };
        (await direct.PostAsJsonAsync("register", credentials)).EnsureSuccessStatusCode();
        // The mail cannot be delivered, which would be an error in the log.
        await using var confirm = source.CreateCommand(
            "UPDATE users SET email_confirmed = true; DELETE FROM outbox_emails");
        await confirm.ExecuteNonQueryAsync();
        var answer = await direct.PostAsJsonAsync("login", credentials);
        var tokens = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();

        return new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{proxy}"),
            DefaultRequestHeaders =
            {
                Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString()),
            },
        };
    }

    private static async Task<List<string>> Titles(NpgsqlDataSource source)
    {
        await using var select = source.CreateCommand("SELECT title FROM tickets");
        await using var reader = await select.ExecuteReaderAsync();
        var titles = new List<string>();
        while (await reader.ReadAsync())
        {
            titles.Add(reader.GetString(0));
        }

        return titles;
    }
}
