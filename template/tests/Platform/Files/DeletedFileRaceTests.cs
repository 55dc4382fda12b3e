using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>Uploads, deletions and the job that removes contents, at the same time.</summary>
public sealed class DeletedFileRaceTests
{
    private const int Size = 10_000;

    [Theory]
    [InlineData("Uploads:QuotaBytes", "30001")]
    [InlineData("Uploads:MaxFiles", "3")]
    public async Task Uploads_and_deletions_in_a_loop_on_two_instances_end_at_twice_the_quota(
        string setting, string value)
    {
        await using var app = await new AppWithSampleFiles { [setting] = value }.Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);
        using var otherUser = await app.SignedInClient();

        var full = await Task.WhenAll(Enumerable.Range(0, 3).Select(i =>
            UntilFull(i % 2 == 0 ? session.Client : there)));

        Assert.All(full, answer => Assert.Contains("Together with deleted files", answer));
        Assert.Equal(6, app.Kept().Count());
        await app.RemoveOrphans();
        await (await session.Client.Keep(Pictures.Png(Size)))
            .ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        Assert.Equal(HttpStatusCode.Created, (await otherUser.Keep(Pictures.Png(Size))).StatusCode);
        await app.RemoveOrphans(later: TimeSpan.FromDays(8));
        Assert.Equal(HttpStatusCode.Created, (await session.Client.Keep(Pictures.Png(Size))).StatusCode);

        static async Task<string> UntilFull(HttpClient client)
        {
            for (var i = 0; i < 10; i++)
            {
                var kept = await client.Keep(Pictures.Png(Size));
                if (kept.StatusCode != HttpStatusCode.Created)
                {
                    return (await kept.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full")).Text("detail");
                }

                await Delete(client, await kept.Json());
            }

            return "never";
        }
    }

    [PostgresFact]
    public async Task A_content_whose_upload_is_not_committed_yet_is_not_touched()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:KeepDeleted"] = "00:00:00" }.Started();
        using var client = await app.SignedInClient();
        Task<HttpResponseMessage>? upload = null;

        await app.Query(db => db.InTransaction(
            async () =>
            {
                // An upload waits for it with its content in the store.
                await db.Users.Lock(Scenarios.Ct);
                upload = client.Keep(Pictures.Png(Size));
                await Eventual.Happens(() => upload.IsCompleted || app.Kept().Any());

                return await app.RemoveOrphans(later: TimeSpan.Zero);
            },
            Scenarios.Ct));

        Assert.Equal(HttpStatusCode.Created, (await upload!).StatusCode);
        Assert.Single(app.Kept());
    }

    [Fact]
    public async Task While_files_come_go_and_are_cleaned_up_on_two_instances_no_row_loses_its_content()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:KeepDeleted"] = "00:00:00" }.Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);
        using var running = new CancellationTokenSource(TimeSpan.FromSeconds(2));

        await Task.WhenAll(
            Repeat(i => KeepAndDelete(session.Client, i)),
            Repeat(i => KeepAndDelete(there, i)),
            Repeat(_ => session.Client.PostAsync($"{SampleFileRoutes.Path}/cleanup", null, Scenarios.Ct)),
            Repeat(_ => there.PostAsync($"{SampleFileRoutes.Path}/cleanup", null, Scenarios.Ct)));

        var rows = await app.Query(db => db.Set<SampleFile>().Select(file => file.Id).ToListAsync(Scenarios.Ct));
        Assert.NotEmpty(rows);
        Assert.All(rows, id => Assert.True(File.Exists(app.ContentOf(SampleFile.Table, id))));
        await app.RemoveOrphans();
        Assert.Equal(rows.Count, app.Kept().Count());
        Assert.Equal(rows.Count, await app.Query(db => db.Set<StoredContent>().CountAsync(Scenarios.Ct)));

        async Task Repeat(Func<int, Task<HttpResponseMessage>> send)
        {
            for (var i = 0; !running.IsCancellationRequested; i++)
            {
                Assert.True((await send(i)).IsSuccessStatusCode);
            }
        }

        // Every third one stays.
        static async Task<HttpResponseMessage> KeepAndDelete(HttpClient client, int i)
        {
            var kept = await client.Keep(Pictures.Png(Size));

            return i % 3 == 0 ? kept : await Delete(client, await kept.Json());
        }
    }

    private static Task<HttpResponseMessage> Delete(HttpClient client, JsonElement file) =>
        client.Send(HttpMethod.Delete, SampleFileRoutes.PathOf(file));
}
