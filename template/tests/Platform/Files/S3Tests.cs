using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Files;

/// <summary>The store of files in an S3 bucket.</summary>
public sealed class S3Tests
{
    private static readonly DateTimeOffset Later = DateTimeOffset.UtcNow.AddDays(1);

    [S3Fact]
    public async Task A_content_can_be_read_from_any_position_until_it_is_removed()
    {
        await using var app = await S3FactAttribute.AppInBucket().Started();
        var store = app.Services.GetRequiredService<IFileStore>();
        var name = NewName();
        var content = Pictures.Png(100_000);
        var path = await WriteFile(app, content);

        await store.Keep(name, path, Scenarios.Ct);
        await store.Keep(name, path, Scenarios.Ct);

        await using var file = (await store.Open(name, content.Length, Scenarios.Ct))!;
        Assert.Equal(content, await ReadToEnd(file));
        file.Position = 99_990;
        Assert.Equal(content[^10..], await ReadToEnd(file));
        file.Seek(-4, SeekOrigin.End);
        Assert.Equal(content[^4..], await ReadToEnd(file));
        Assert.Contains(name, await List(store, name.Folder, Later));
        Assert.Empty(await List(store, name.Folder, DateTimeOffset.UtcNow.AddDays(-1)));
        await store.Remove(name, Scenarios.Ct);
        await store.Remove(name, Scenarios.Ct);
        Assert.Null(await store.Open(name, content.Length, Scenarios.Ct));
        Assert.Empty(await List(store, name.Folder, Later));
    }

    [S3Fact]
    public async Task A_folder_with_more_files_than_one_response_lists_is_listed_to_its_end()
    {
        await using var app = await S3FactAttribute.AppInBucket().Started();
        var store = app.Services.GetRequiredService<IFileStore>();
        var (folder, path) = (NewName().Folder, await WriteFile(app, [1]));
        await Parallel.ForAsync(0, 1_050, Scenarios.Ct, async (_, ct) =>
            await store.Keep(new StoredName(folder, Guid.NewGuid()), path, ct));

        Assert.Equal(1_050, (await List(store, folder, Later)).Count);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData(null)]
    public async Task A_store_that_does_not_respond_is_an_outage_and_not_an_error(string? address)
    {
        await using var silent = await OtherService.Start(
            context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var app = await new App
        {
            ["S3:ServiceUrl"] = address ?? silent.Url,
            ["S3:Bucket"] = "files",
            ["S3:AccessKey"] = "key",
            ["S3:SecretKey"] = "secret",
        }.Started();
        var store = app.Services.GetRequiredService<IFileStore>();

        var kept = store.Keep(NewName(), await WriteFile(app, [1]), Scenarios.Ct);

        await Assert.ThrowsAsync<UnavailableException>(() => kept);
        var line = Assert.Single(app.Log.Lines, line => line.RenderMessage().StartsWith("File store unavailable"));
        Assert.Equal(LogEventLevel.Warning, line.Level);
    }

    [S3Fact]
    public async Task A_content_lies_in_the_bucket_and_nowhere_else()
    {
        await using var app = await S3FactAttribute.AppInBucket().Started();
        using var client = await app.SignedInClient();
        var file = await (await client.Keep(Pictures.Photo)).Json();
        using var part = new HttpRequestMessage(HttpMethod.Get, SampleFileRoutes.PathOf(file));
        part.Headers.Range = new RangeHeaderValue(1, 3);

        var whole = await client.Get(SampleFileRoutes.PathOf(file));
        var ranged = await client.SendAsync(part, Scenarios.Ct);
        var removed = await client.Send(HttpMethod.Delete, SampleFileRoutes.PathOf(file));

        Assert.Equal(Pictures.Photo, await whole.Content.ReadAsByteArrayAsync(Scenarios.Ct));
        Assert.Equal("PNG"u8.ToArray(), await ranged.Content.ReadAsByteArrayAsync(Scenarios.Ct));
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Empty(app.Kept());
        var store = app.Services.GetRequiredService<IFileStore>();
        var name = new StoredName(SampleFile.Table, Guid.Parse(file.Text("id")));
        Assert.NotNull(await store.Open(name, 1, Scenarios.Ct));
        await store.Remove(name, Scenarios.Ct);
    }

    [PostgresFact]
    public async Task While_the_store_is_slow_the_row_of_the_user_is_not_locked_and_what_is_refused_is_removed_again()
    {
        var (ready, removed) = (new TaskCompletionSource(), new ConcurrentQueue<string>());
        var stored = new ConcurrentQueue<string>();
        await using var slow = await OtherService.Start(async context =>
        {
            if (context.Request.Method == HttpMethods.Put)
            {
                stored.Enqueue(context.Request.Path);
                await ready.Task;
            }
            else if (context.Request.Method == HttpMethods.Delete)
            {
                removed.Enqueue(context.Request.Path);
            }
        });
        await using var app = await new AppWithSampleFiles
        {
            ["S3:ServiceUrl"] = slow.Url,
            ["S3:Bucket"] = "files",
            ["S3:AccessKey"] = "key",
            ["S3:SecretKey"] = "secret",
            ["Uploads:QuotaBytes"] = $"{Pictures.Photo.Length}",
        }.Started();
        await using var other = await app.Another();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        using var there = session.On(other);

        var uploads = new[] { session.Client.Keep(Pictures.Photo), there.Keep(Pictures.Photo) };
        await Eventual.Happens(() => stored.Count == 2 || uploads.Any(upload => upload.IsCompleted));
        await app.Query(db => db.Database.ExecuteSqlAsync($"SELECT FROM users FOR UPDATE NOWAIT", Scenarios.Ct));
        ready.SetResult();

        var answers = (await Task.WhenAll(uploads)).OrderBy(answer => answer.StatusCode).ToList();
        Assert.Equal(HttpStatusCode.Created, answers[0].StatusCode);
        await answers[1].ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        var kept = (await answers[0].Json()).Text("id").Replace("-", "");
        Assert.Equal($"/files/{SampleFile.Table}/{kept}", Assert.Single(stored.Except(removed)));
    }

    private static StoredName NewName() => new($"test-{Guid.NewGuid():N}", Guid.CreateVersion7());

    private static async Task<string> WriteFile(App app, byte[] content)
    {
        var path = Path.Combine(app.Folder, $"{Guid.NewGuid():N}");
        await File.WriteAllBytesAsync(path, content, Scenarios.Ct);

        return path;
    }

    private static async Task<byte[]> ReadToEnd(Stream file)
    {
        using var read = new MemoryStream();
        await file.CopyToAsync(read, Scenarios.Ct);

        return read.ToArray();
    }

    private static async Task<List<StoredName>> List(IFileStore store, string folder, DateTimeOffset before) =>
        await store.List(folder, before, Scenarios.Ct).ToListAsync(Scenarios.Ct);
}
