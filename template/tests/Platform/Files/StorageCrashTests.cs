using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Files;

/// <summary>Rows and contents stay together, whatever ends in the middle of an upload.</summary>
public sealed class StorageCrashTests
{
    private const int Size = 10_000;

    [PostgresFact]
    public async Task Whatever_moment_the_app_is_killed_at_no_row_lacks_its_content()
    {
        await using var app = await new App
        {
            ["Jwt:SigningKeys:0"] = Apps.SigningKey,
            ["Jwt:AccessTokenLifetime"] = "01:00:00",
        }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var ticket = await session.Client.OpenTicket();
        var settings = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ConnectionStrings:Database"] = app.ConnectionString,
            ["RateLimits:Api:PermitLimit"] = "1000000",
            ["Uploads:Directory"] = Path.Combine(app.Folder, ".data", "uploads"),
            ["Uploads:QuotaBytes"] = "1000000000",
        };
        var attached = 0;

        for (var round = 0; round < 4; round++)
        {
            var (process, client) = await AppProcess.Start(settings);
            await using (process)
            {
                client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);
                var before = attached;
                var working = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AttachUntilItDies(client)));
                await Eventual.Happens(() => working.IsFaulted || Volatile.Read(ref attached) > before);
                await Task.Delay(Random.Shared.Next(500), Stories.Ct);
                await process.Kill();
                await working;
            }
        }

        // The database notices a moment later than we do that a connection has ended, and may commit until then.
        await Eventual.Happens(() => app.Query(db => db.Database
            .SqlQuery<bool>($"""
                SELECT NOT EXISTS (
                    SELECT FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle') AS "Value"
                """)
            .SingleAsync(Stories.Ct)));
        var attachments = (await (await session.Client.Get(AttachmentStories.PathOf(ticket))).Json())
            .EnumerateArray().ToList();
        Assert.InRange(attachments.Count, attached, int.MaxValue);
        foreach (var attachment in attachments)
        {
            var download = await session.Client.Get(AttachmentStories.PathOf(ticket, attachment));
            Assert.Equal(Size, (await download.Content.ReadAsByteArrayAsync(Stories.Ct)).Length);
        }

        var left = app.Contents().Count() - attachments.Count + app.Contents("incoming").Count();
        await app.RemoveOrphans();
        Assert.Equal(attachments.Count, app.Contents().Count());
        await Eventual.Happens(() => !app.Contents("incoming").Any());
        TestContext.Current.TestOutputHelper!.WriteLine($"{attachments.Count} were attached, {left} were left behind.");

        async Task AttachUntilItDies(HttpClient client)
        {
            try
            {
                while (true)
                {
                    Assert.Equal(HttpStatusCode.Created, (await client.Attach(ticket, Pictures.Png(Size))).StatusCode);
                    Interlocked.Increment(ref attached);
                }
            }
            catch (HttpRequestException)
            {
                // It is dead.
            }
        }
    }

    [PostgresFact]
    public async Task Whatever_moment_the_database_is_lost_at_no_row_lacks_its_content()
    {
        TcpProxy? proxy = null;
        await using var app = await new App
        {
            Reach = database => (proxy = TcpProxy.To(database)).ConnectionString,
        }.Started();
        await using var _ = proxy!;
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();

        for (var round = 0; round < 10; round++)
        {
            var uploads = Enumerable.Range(0, 5).Select(_ => client.Attach(ticket, Pictures.Png(Size))).ToList();
            await Task.Delay(Random.Shared.Next(60), Stories.Ct);
            proxy!.Down();
            await Task.Delay(20, Stories.Ct);
            proxy.Up();

            // Tried again and done, not done at all, or done by an attempt that did not hear of it.
            Assert.All(await Task.WhenAll(uploads), answer => Assert.True(answer.StatusCode
                is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict));
        }

        var rows = await app.Query(db => db.Attachments.Select(attachment => attachment.Id).ToListAsync(Stories.Ct));
        Assert.NotEmpty(rows);
        var contents = app.Contents().Select(Path.GetFileName).ToHashSet();
        Assert.All(rows, id => Assert.Contains(id.ToString("N"), contents));
        await Eventual.Happens(() => !app.Contents("incoming").Any());
    }

    [PostgresFact]
    public async Task A_hundred_uploads_at_the_limit_fit_into_a_hundred_megabytes_more()
    {
        await using var app = await new App { ["Jwt:SigningKeys:0"] = Apps.SigningKey }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var ticket = await session.Client.OpenTicket();
        var (process, client) = await AppProcess.Start(new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["ConnectionStrings:Database"] = app.ConnectionString,
            ["Uploads:Directory"] = Path.Combine(app.Folder, ".data", "uploads"),
            ["Uploads:QuotaBytes"] = "1000000000",
        });
        await using var _ = process;
        client.DefaultRequestHeaders.Authorization = new("Bearer", session.AccessToken);
        client.Timeout = TimeSpan.FromMinutes(10);
        var file = Pictures.Png(5 * 1024 * 1024);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.Attach(ticket, Pictures.Photo)));
        var before = process.PeakMemory;

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.Attach(ticket, file)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        var growth = (process.PeakMemory - before) / 1024 / 1024;
        TestContext.Current.TestOutputHelper!.WriteLine($"From {before / 1024 / 1024} MiB by {growth} MiB.");
        Assert.InRange(growth, 0, 100);
    }
}
