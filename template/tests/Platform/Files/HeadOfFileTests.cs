using System.Net;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

public sealed class HeadOfFileTests
{
    [Fact]
    public async Task HEAD_tells_the_size_and_the_name_of_a_file_and_sends_no_content()
    {
        await using var app = await new AppWithSampleFiles().Started();
        using var client = await app.SignedInClient();
        var path = SampleFileRoutes.PathOf(await (await client.Keep(Pictures.Photo)).Json());

        var get = await client.Get(path);
        var head = await client.Send(HttpMethod.Head, path);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(Pictures.Photo.Length, head.Content.Headers.ContentLength);
        Assert.Equal($"{get.Content.Headers}", $"{head.Content.Headers}");
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Scenarios.Ct));
    }
}
