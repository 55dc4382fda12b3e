using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>No row of a file is ever without its content, whatever fails during an upload or its removal.</summary>
public sealed class FileCrashTests
{
    private const int Size = 10_000;

    [PostgresFact]
    public async Task When_the_app_is_killed_at_any_moment_no_row_lacks_its_content()
    {
        await using var app = await new AppWithSampleFiles
        {
            ["Jwt:SigningKeys:0"] = Apps.SigningKey,
            ["Jwt:AccessTokenLifetime"] = "01:00:00",
        }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var kept = 0;

        for (var round = 0; round < 4; round++)
        {
            var (process, client) = await AppProcess.Start(SettingsOf(app), SampleFileRoutes.Map);
            await using (process)
            {
                client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);
                var before = kept;
                var working = Task.WhenAll(
                [
                    .. Enumerable.Range(0, 4).Select(_ => UntilKilled(() => Keep(client))),
                    UntilKilled(() => KeepAndDelete(client)),
                    UntilKilled(() => client.PostAsync($"{SampleFileRoutes.Path}/cleanup", null, Scenarios.Ct)),
                ]);
                await Eventual.Happens(() => working.IsFaulted || Volatile.Read(ref kept) > before);
                await Task.Delay(Random.Shared.Next(500), Scenarios.Ct);
                await process.Kill();
                await working;
            }
        }

        // The server may still commit for a moment, until it notices that the connection is closed.
        await Eventual.Happens(() => app.Query(db => db.Database
            .SqlQuery<bool>($"""
                SELECT NOT EXISTS (
                    SELECT FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle') AS "Value"
                """)
            .SingleAsync(Scenarios.Ct)));
        var files = (await (await session.Client.Get(SampleFileRoutes.Path)).Json()).EnumerateArray().ToList();
        Assert.InRange(files.Count, kept, int.MaxValue);
        foreach (var file in files)
        {
            var download = await session.Client.Get(SampleFileRoutes.PathOf(file));
            Assert.Equal(Size, (await download.Content.ReadAsByteArrayAsync(Scenarios.Ct)).Length);
        }

        var left = app.Kept().Count() - files.Count + app.Incoming().Count();
        await app.RemoveOrphans();
        await app.RemoveOrphans(later: TimeSpan.FromDays(8));
        Assert.Equal(files.Count, app.Kept().Count());
        await Eventual.Happens(() => !app.Incoming().Any());
        TestContext.Current.TestOutputHelper!.WriteLine($"{files.Count} were kept, {left} were left without a row.");

        async Task Keep(HttpClient client)
        {
            Assert.Equal(HttpStatusCode.Created, (await client.Keep(Pictures.Png(Size))).StatusCode);
            Interlocked.Increment(ref kept);
        }

        static async Task KeepAndDelete(HttpClient client)
        {
            var file = await (await client.Keep(Pictures.Png(Size))).Json();
            await client.Send(HttpMethod.Delete, SampleFileRoutes.PathOf(file));
        }

        static async Task UntilKilled(Func<Task> send)
        {
            try
            {
                while (true)
                {
                    await send();
                }
            }
            catch (HttpRequestException)
            {
                // The process is killed.
            }
        }
    }

    [PostgresFact]
    public async Task When_the_database_is_lost_at_any_moment_no_row_lacks_its_content()
    {
        TcpProxy? proxy = null;
        await using var app = await new AppWithSampleFiles
        {
            Reach = database => (proxy = TcpProxy.To(database)).ConnectionString,
        }.Started();
        await using var _ = proxy!;
        using var client = await app.SignedInClient();

        for (var round = 0; round < 10; round++)
        {
            var uploads = Enumerable.Range(0, 5).Select(_ => client.Keep(Pictures.Png(Size))).ToList();
            await Task.Delay(Random.Shared.Next(60), Scenarios.Ct);
            proxy!.Down();
            await Task.Delay(20, Scenarios.Ct);
            proxy.Up();

            // Done by a retry, not done, or done by an attempt whose COMMIT was not answered (the retry is a 409).
            Assert.All(await Task.WhenAll(uploads), answer => Assert.True(answer.StatusCode
                is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict));
        }

        var rows = await app.Query(db => db.Set<SampleFile>().Select(file => file.Id).ToListAsync(Scenarios.Ct));
        Assert.NotEmpty(rows);
        var contents = app.Kept().Select(Path.GetFileName).ToHashSet();
        Assert.All(rows, id => Assert.Contains(id.ToString("N"), contents));
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [PostgresFact]
    public async Task A_hundred_uploads_at_the_limit_fit_into_a_hundred_megabytes_more()
    {
        await using var app = await new AppWithSampleFiles { ["Jwt:SigningKeys:0"] = Apps.SigningKey }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var (process, client) = await AppProcess.Start(SettingsOf(app), SampleFileRoutes.Map);
        await using var _ = process;
        client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);
        client.Timeout = TimeSpan.FromMinutes(10);
        var file = Pictures.Png(5 * 1024 * 1024);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.Keep(Pictures.Photo)));
        var before = process.PeakMemory;

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.Keep(file)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        var growth = (process.PeakMemory - before) / 1024 / 1024;
        TestContext.Current.TestOutputHelper!.WriteLine($"From {before / 1024 / 1024} MiB by {growth} MiB.");
        Assert.InRange(growth, 0, 100);
    }

    private static Dictionary<string, string> SettingsOf(App app) => new(Apps.ProductionSettings)
    {
        ["ConnectionStrings:Database"] = app.ConnectionString,
        ["RateLimits:Api:PermitLimit"] = "1000000",
        ["Uploads:Directory"] = Path.Combine(app.Folder, ".data", "uploads"),
        ["Uploads:QuotaBytes"] = "1000000000",
        ["Uploads:KeepDeleted"] = "00:00:00",
    };
}
