using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Files;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Files;

/// <summary>Rows and contents stay together, and within the quota, whatever happens at the same moment.</summary>
public sealed class StorageRaceTests
{
    private const int Size = 10_000;

    [Fact]
    public async Task Twenty_uploads_at_once_on_two_instances_stay_within_the_quota()
    {
        await using var app = await new App { ["Uploads:QuotaBytes"] = $"{(7 * Size) + 1}" }.Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);
        var ticket = await session.Client.OpenTicket();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? session.Client : there).Attach(ticket, Pictures.Png(Size, (byte)i))));

        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var full in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
        {
            await full.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        }

        Assert.Equal(7, app.Contents().Count());
        await Eventual.Happens(() => !app.Contents("incoming").Any());
    }

    [Fact]
    public async Task What_is_removed_makes_room()
    {
        await using var app = await new App { ["Uploads:QuotaBytes"] = $"{Size}" }.Started();
        using var client = await app.SignedInClient();
        using var neighbour = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var first = await (await client.Attach(ticket, Pictures.Png(Size))).Json();

        var full = await client.Attach(ticket, Pictures.Photo);
        var ofNeighbour = await neighbour.Attach(await neighbour.OpenTicket(), Pictures.Png(Size));
        await client.Send(HttpMethod.Delete, AttachmentStories.PathOf(ticket, first));
        var again = await client.Attach(ticket, Pictures.Png(Size));

        await full.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        Assert.Equal(HttpStatusCode.Created, ofNeighbour.StatusCode);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
    }

    [Fact]
    public async Task One_key_attaches_one_file_however_many_send_it_at_once()
    {
        await using var app = await new App().Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);
        var ticket = await session.Client.OpenTicket();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? session.Client : there).Attach(ticket, Pictures.Photo, key: "k")));

        Assert.All(answers, answer => Assert.True(
                answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Single(app.Contents());
        await Eventual.Happens(() => !app.Contents("incoming").Any());
        Assert.Equal(1, await app.Query(db => db.Attachments.CountAsync(Stories.Ct)));
    }

    [Fact]
    public async Task A_ticket_that_is_deleted_meanwhile_takes_its_files_along()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();

        for (var round = 0; round < 5; round++)
        {
            var ticket = await client.OpenTicket();
            var uploads = Enumerable.Range(0, 5).Select(_ => client.Attach(ticket, Pictures.Photo)).ToList();
            var deleted = client.Send(HttpMethod.Delete, TicketStories.PathOf(ticket));

            Assert.All(await Task.WhenAll(uploads), answer => Assert.True(
                answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.NotFound or HttpStatusCode.Conflict));
            Assert.Equal(HttpStatusCode.NoContent, (await deleted).StatusCode);
        }

        Assert.Equal(0, await app.Query(db => db.Attachments.CountAsync(Stories.Ct)));
        await app.RemoveOrphans();
        Assert.Empty(app.Contents());
    }

    [Fact]
    public async Task Two_who_remove_a_file_at_once_both_hear_that_it_is_gone()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var path = AttachmentStories.PathOf(ticket, await (await client.Attach(ticket, Pictures.Photo)).Json());

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.Send(HttpMethod.Delete, path)));

        Assert.All(answers, answer => Assert.True(
                answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotFound));
        Assert.Empty(app.Contents());
    }

    [Fact]
    public async Task Only_what_is_old_and_has_no_row_is_removed()
    {
        await using var app = await new App().Started();
        using var client = await app.SignedInClient();
        var kept = await (await client.Attach(await client.OpenTicket(), Pictures.Photo)).Json();
        var uploads = Path.Combine(app.Folder, ".data", "uploads");
        var (old, young) = (Path.Combine(uploads, "attachments", "ab"), Path.Combine(uploads, "attachments", "cd"));
        Directory.CreateDirectory(old);
        Directory.CreateDirectory(young);
        Directory.CreateDirectory(Path.Combine(uploads, "letters"));
        for (var i = 0; i < 1_200; i++)
        {
            Write(old, $"{Guid.NewGuid():N}"[..30] + "ab", isOld: true);
        }

        Write(young, $"{Guid.NewGuid():N}"[..30] + "cd", isOld: false);
        Write(Path.Combine(uploads, "incoming"), "cut-off", isOld: true);
        Write(Path.Combine(uploads, "incoming"), "arriving", isOld: false);
        Write(Path.Combine(uploads, "letters"), $"{Guid.NewGuid():N}", isOld: true); // of a newer version
        File.SetLastWriteTimeUtc(app.ContentOf(kept), DateTime.UtcNow.AddDays(-1));

        var removed = await app.Services.GetRequiredService<OrphanedFiles>().Remove(Stories.Ct);

        Assert.Equal(1_201, removed);
        Assert.True(File.Exists(app.ContentOf(kept)));
        Assert.Equal(2, app.Contents().Count());
        Assert.Single(app.Contents("incoming"));
        Assert.Single(app.Contents("letters"));
    }

    private static void Write(string folder, string name, bool isOld)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, "x");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(isOld ? -61 : -50));
    }
}
