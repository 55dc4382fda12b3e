using System.Diagnostics;
using System.Net;
using Npgsql;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>The app starts without its database, and is ready by itself once the database is there.</summary>
public sealed class StartTests
{
    private const string Name = "db.example";

    // The app is ready a second after the database is. The rest is for a busy machine.
    private static readonly TimeSpan MaxTimeToReady = TimeSpan.FromSeconds(30);

    // It gives up after four seconds. Without RES_OPTIONS the name server alone would take forty.
    private static readonly TimeSpan MaxTimeOfNameServer = TimeSpan.FromSeconds(20);

    [PostgresFact]
    public async Task A_database_that_comes_later()
    {
        await using var proxy = TcpProxy.To(await TestPostgres.CreateMigratedDatabase());
        proxy.Down();
        var (app, client) = await AppProcess.Start(With(proxy.ConnectionString));
        using (client)
        await using (app)
        {
            await IsLiveOnly(client);

            proxy.Up();
            await BecomesReady(client);

            Assert.Equal(0, await app.Stop());
        }
    }

    [NameServerFact]
    public async Task A_name_server_that_does_not_answer_until_later()
    {
        using var names = new SilentNameServer();
        var settings = await WithNamedDatabase();
        var usual = await TimeToStartWithoutDatabase();
        var watch = Stopwatch.StartNew();
        var (app, client) = await AppProcess.Start(settings, through: names.Command);
        using (client)
        await using (app)
        {
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, (2 * usual) + MaxTimeOfNameServer);
            await IsLiveOnly(client);
            var answer = await client.LogIn("ada@example.com");
            await answer.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");

            names.Add(Name);
            await BecomesReady(client);
        }
    }

    [NameServerFact]
    public async Task A_name_server_that_never_answers_does_not_delay_the_end()
    {
        using var names = new SilentNameServer();
        var (app, client) = await AppProcess.Start(await WithNamedDatabase(), through: names.Command);
        using (client)
        await using (app)
        {
            await IsLiveOnly(client);
            var watch = Stopwatch.StartNew();

            Assert.Equal(0, await app.Stop());
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, MaxTimeToReady);
        }
    }

    // After two seconds the start waits for the name server, for two more.
    [NameServerFact]
    public async Task A_start_that_waits_for_a_name_server_ends_with_SIGTERM()
    {
        using var names = new SilentNameServer();

        var (exitCode, output, errors) = await AppProcess.Run(
            await WithNamedDatabase(), through: names.Command, stopAfter: TimeSpan.FromSeconds(2.5));

        Assert.Equal(0, exitCode);
        Assert.Empty(errors);
        Assert.DoesNotContain(output, line => line.Contains("\"@l\":\"Error\""));
    }

    private static async Task<TimeSpan> TimeToStartWithoutDatabase()
    {
        var watch = Stopwatch.StartNew();
        var (app, client) = await AppProcess.Start(Apps.ProductionSettings);
        using (client)
        await using (app)
        {
            return watch.Elapsed;
        }
    }

    private static async Task IsLiveOnly(HttpClient client)
    {
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.Get("/health/ready")).StatusCode);
    }

    private static async Task BecomesReady(HttpClient client)
    {
        var watch = Stopwatch.StartNew();
        await Eventual.Happens(async () => (await client.Get("/health/ready")).StatusCode == HttpStatusCode.OK);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, MaxTimeToReady);
    }

    private static async Task<Dictionary<string, string>> WithNamedDatabase() =>
        With(new NpgsqlConnectionStringBuilder(await TestPostgres.CreateMigratedDatabase())
        {
            Host = Name,
            Timeout = 2,
        }.ConnectionString);

    private static Dictionary<string, string> With(string database) =>
        new(Apps.ProductionSettings) { ["ConnectionStrings:Database"] = database };
}
