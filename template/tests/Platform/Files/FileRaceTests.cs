using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>Rows and contents stay together, and within the quota, under concurrent requests.</summary>
public sealed class FileRaceTests
{
    private const int Size = 10_000;

    [Theory]
    [InlineData("Uploads:QuotaBytes", "70001")]
    [InlineData("Uploads:MaxFiles", "7")]
    public async Task Twenty_uploads_at_once_on_two_instances_stay_within_the_quota(string setting, string value)
    {
        await using var app = await new AppWithSampleFiles { [setting] = value }.Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? session.Client : there).Keep(Pictures.Png(Size, (byte)i))));

        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var full in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
        {
            await full.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        }

        Assert.Equal(7, app.Kept().Count());
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task What_is_removed_makes_room()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:QuotaBytes"] = $"{Size}" }.Started();
        using var client = await app.SignedInClient();
        using var otherUser = await app.SignedInClient();
        var first = await (await client.Keep(Pictures.Png(Size))).Json();

        var full = await client.Keep(Pictures.Photo);
        var ofOtherUser = await otherUser.Keep(Pictures.Png(Size));
        await client.Send(HttpMethod.Delete, SampleFileRoutes.PathOf(first));
        var again = await client.Keep(Pictures.Png(Size));

        await full.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        Assert.Equal(HttpStatusCode.Created, ofOtherUser.StatusCode);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
    }

    [Fact]
    public async Task Twenty_requests_at_once_with_one_key_keep_one_file()
    {
        await using var app = await new AppWithSampleFiles().Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? session.Client : there).Keep(Pictures.Photo, key: "k")));

        Assert.All(answers, answer => Assert.True(
                answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Single(app.Kept());
        await Eventual.Happens(() => !app.Incoming().Any());
        Assert.Equal(1, await app.Query(db => db.Set<SampleFile>().CountAsync(Scenarios.Ct)));
    }

    [Fact]
    public async Task An_account_that_is_deleted_meanwhile_takes_its_files_along()
    {
        await using var app = await new AppWithSampleFiles().Started();

        for (var round = 0; round < 5; round++)
        {
            using var client = await app.SignedInClient();
            var uploads = Enumerable.Range(0, 5).Select(_ => client.Keep(Pictures.Photo)).ToList();
            var deleted = client.Post("/api/v1/account/delete", new { password = Scenarios.Password });

            Assert.All(await Task.WhenAll(uploads), answer => Assert.True(answer.StatusCode
                is HttpStatusCode.Created or HttpStatusCode.Unauthorized or HttpStatusCode.Conflict));
            Assert.Equal(HttpStatusCode.NoContent, (await deleted).StatusCode);
        }

        await app.RemoveDeletedAccounts();
        Assert.Equal(0, await app.Query(db => db.Set<SampleFile>().CountAsync(Scenarios.Ct)));
        await app.RemoveOrphans();
        await app.RemoveOrphans(later: TimeSpan.FromDays(8));
        Assert.Empty(app.Kept());
    }

    [Fact]
    public async Task Only_what_is_old_and_has_no_row_is_removed()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:KeepDeleted"] = "00:00:00" }.Started();
        using var client = await app.SignedInClient();
        var kept = await (await client.Keep(Pictures.Photo)).Json();
        var content = app.ContentOf(SampleFile.Table, Guid.Parse(kept.Text("id")));
        var uploads = Path.Combine(app.Folder, ".data", "uploads");
        var old = Path.Combine(uploads, SampleFile.Table, "ab");
        var young = Path.Combine(uploads, SampleFile.Table, "cd");
        Directory.CreateDirectory(old);
        Directory.CreateDirectory(young);
        Directory.CreateDirectory(Path.Combine(uploads, "letters"));
        for (var i = 0; i < 1_200; i++)
        {
            Write(old, $"{Guid.NewGuid():N}"[..30] + "ab", isOld: true);
        }

        Write(young, $"{Guid.NewGuid():N}"[..30] + "cd", isOld: false);
        Write(Path.Combine(uploads, "incoming"), "interrupted", isOld: true);
        Write(Path.Combine(uploads, "incoming"), "arriving", isOld: false);
        Write(Path.Combine(uploads, "letters"), $"{Guid.NewGuid():N}", isOld: true); // of a newer release
        File.SetLastWriteTimeUtc(content, DateTime.UtcNow.AddDays(-1));

        var removed = await app.Services.GetRequiredService<OrphanedFiles>().Remove(Scenarios.Ct);

        Assert.Equal(1_201, removed);
        Assert.True(File.Exists(content));
        Assert.Equal(2, app.Kept().Count());
        Assert.Single(app.Incoming());
        Assert.Single(app.Contents("letters"));
    }

    private static void Write(string folder, string name, bool isOld)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, "x");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(isOld ? -61 : -50));
    }
}
