//#if (Sample)
using System.Net;
using System.Net.Http.Headers;
//#endif
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application.Files;
using ProdReady.Infrastructure.Files;
using ProdReady.Tests.Support;
using Serilog.Events;
//#if (Sample)
//#endif

namespace ProdReady.Tests.Platform.Files;

/// <summary>Files in a bucket.</summary>
public sealed class S3Tests
{
    private static readonly DateTimeOffset Later = DateTimeOffset.UtcNow.AddDays(1);

    [S3Fact]
    public async Task What_is_kept_can_be_read_from_any_place_and_is_gone_once_it_is_removed()
    {
        await using var app = await S3FactAttribute.AppInBucket().Started();
        var store = app.Services.GetRequiredService<IFileStore>();
        var name = NewName();
        var content = Pictures.Png(100_000);
        var path = await Put(app, content);

        await store.Keep(name, path, Stories.Ct);
        await store.Keep(name, path, Stories.Ct);

        await using var file = (await store.Open(name, content.Length, Stories.Ct))!;
        Assert.Equal(content, await ReadToEnd(file));
        file.Position = 99_990;
        Assert.Equal(content[^10..], await ReadToEnd(file));
        file.Seek(-4, SeekOrigin.End);
        Assert.Equal(content[^4..], await ReadToEnd(file));
        Assert.Contains(name, await List(store, name.Folder, Later));
        Assert.Empty(await List(store, name.Folder, DateTimeOffset.UtcNow.AddDays(-1)));
        await store.Remove(name, Stories.Ct);
        await store.Remove(name, Stories.Ct);
        Assert.Null(await store.Open(name, content.Length, Stories.Ct));
        Assert.Empty(await List(store, name.Folder, Later));
    }

    [S3Fact]
    public async Task A_folder_with_more_files_than_one_answer_names_is_listed_to_its_end()
    {
        await using var app = await S3FactAttribute.AppInBucket().Started();
        var store = app.Services.GetRequiredService<IFileStore>();
        var (folder, path) = (NewName().Folder, await Put(app, [1]));
        await Parallel.ForAsync(0, 1_050, Stories.Ct, async (_, ct) =>
            await store.Keep(new StoredName(folder, Guid.NewGuid()), path, ct));

        Assert.Equal(1_050, (await List(store, folder, Later)).Count);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData(null)]
    public async Task A_store_that_does_not_answer_is_an_outage_and_no_mistake(string? address)
    {
        await using var silent = await OtherService.Start(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var app = await new App
        {
            ["S3:ServiceUrl"] = address ?? silent.Url,
            ["S3:Bucket"] = "files",
            ["S3:AccessKey"] = "key",
            ["S3:SecretKey"] = "secret",
        }.Started();
        var store = app.Services.GetRequiredService<IFileStore>();

        var kept = store.Keep(NewName(), await Put(app, [1]), Stories.Ct);

        await Assert.ThrowsAsync<UnavailableException>(() => kept);
        var line = Assert.Single(app.Log.Lines, line => line.RenderMessage().StartsWith("The file store"));
        Assert.Equal(LogEventLevel.Warning, line.Level);
    }

    //#if (Sample)
    [S3Fact]
    public async Task An_attachment_lies_in_the_bucket_and_nowhere_else()
    {
        await using var app = await S3FactAttribute.AppInBucket().Started();
        using var client = await app.SignedInClient();
        var ticket = await client.OpenTicket();
        var attachment = await (await client.Attach(ticket, Pictures.Photo)).Json();
        var path = AttachmentStories.PathOf(ticket, attachment);
        using var part = new HttpRequestMessage(HttpMethod.Get, path);
        part.Headers.Range = new RangeHeaderValue(1, 3);

        var whole = await client.Get(path);
        var ranged = await client.SendAsync(part, Stories.Ct);
        var removed = await client.Send(HttpMethod.Delete, path);

        Assert.Equal(Pictures.Photo, await whole.Content.ReadAsByteArrayAsync(Stories.Ct));
        Assert.Equal("PNG"u8.ToArray(), await ranged.Content.ReadAsByteArrayAsync(Stories.Ct));
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Empty(app.Contents());
        var store = app.Services.GetRequiredService<IFileStore>();
        Assert.Null(await store.Open(
            new StoredName("attachments", Guid.Parse(attachment.Text("id"))), 1, Stories.Ct));
    }

    //#endif
    private static StoredName NewName() => new($"test-{Guid.NewGuid():N}", Guid.CreateVersion7());

    private static async Task<string> Put(App app, byte[] content)
    {
        var path = Path.Combine(app.Folder, $"{Guid.NewGuid():N}");
        await File.WriteAllBytesAsync(path, content, Stories.Ct);

        return path;
    }

    private static async Task<byte[]> ReadToEnd(Stream file)
    {
        using var read = new MemoryStream();
        await file.CopyToAsync(read, Stories.Ct);

        return read.ToArray();
    }

    private static async Task<List<StoredName>> List(IFileStore store, string folder, DateTimeOffset before) =>
        await store.List(folder, before, Stories.Ct).ToListAsync(Stories.Ct);
}
