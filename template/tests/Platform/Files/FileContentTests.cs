using System.Net;
using System.Security.Cryptography;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Files;

/// <summary>A file is taken when its name, its declared type and all of its content agree.</summary>
public sealed class FileContentTests(AppWithUploads app) : IClassFixture<AppWithUploads>
{
    public static TheoryData<string, string> Kinds => new()
    {
        { "photo.png", "image/png" },
        { "photo.jpg", "image/jpeg" },
        { "progressive.jpg", "image/jpeg" },
        { "photo.gif", "image/gif" },
        { "animated.gif", "image/gif" },
        { "photo.webp", "image/webp" },
        { "lossless.webp", "image/webp" },
        { "animated.webp", "image/webp" },
        { "letter.pdf", "application/pdf" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_file_that_is_what_it_says_is_taken(string name, string contentType)
    {
        using var client = await app.SignedInClient();
        var content = Pictures.Read(name);

        var response = await client.Upload(AppWithUploads.Files, content, name, contentType);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var file = await response.Json();
        Assert.Equal(name, file.Text("fileName"));
        Assert.Equal(contentType, file.Text("contentType"));
        Assert.Equal(content.Length, file.GetProperty("size").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.Text("sha256"));
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Theory]
    [InlineData("photo.png", "photo.jpg", "image/jpeg")]
    [InlineData("photo.png", "photo.png", "image/jpeg")]
    [InlineData("photo.png", "photo.jpg", "image/png")]
    [InlineData("photo.jpg", "photo.png", "image/png")]
    [InlineData("letter.pdf", "letter.gif", "image/gif")]
    [InlineData("photo.png", "photo.exe", "image/png")]
    [InlineData("photo.png", "photo.png.exe", "image/png")]
    [InlineData("photo.png", "photo.svg", "image/svg+xml")]
    [InlineData("photo.png", "photo", "image/png")]
    [InlineData("photo.png", "photo.png", "")]
    [InlineData("photo.png", "photo.png", "application/octet-stream")]
    public async Task A_file_that_is_something_else_is_refused(string file, string name, string contentType)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(
            AppWithUploads.Files, Pictures.Read(file), name, contentType.Length > 0 ? contentType : null);

        await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task A_script_by_the_name_of_a_picture_is_refused_and_the_refusal_says_why()
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Files, "#!/bin/sh\nrm -rf /\n"u8.ToArray());

        var problem = await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        Assert.Equal("The content is no PNG file, or not all of it is there.", problem.Text("detail"));
    }

    [Fact]
    public async Task An_empty_file_is_refused()
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Files, []);

        await response.ShouldNameInvalid("file");
    }

    [Theory]
    [InlineData(7_072, 7_072)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public async Task A_small_file_with_a_huge_picture_is_refused(uint width, uint height)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Files, Pictures.PngOf(width, height));

        await response.ShouldNameInvalid("file");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_that_is_cut_off_is_refused_wherever_that_is(string name, string contentType)
    {
        var content = Pictures.Read(name);
        var kind = FileKinds.Of(name, contentType);

        // What ends with a line break may lack that.
        for (var length = 0; length < content.Length - 1; length++)
        {
            Assert.Throws<UnsupportedFileException>(() => kind.Check(new MemoryStream(content, 0, length), long.MaxValue));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Whatever_byte_is_wrong_the_check_ends_with_an_answer(string name, string contentType)
    {
        var content = Pictures.Read(name);
        var kind = FileKinds.Of(name, contentType);

        for (var place = 0; place < content.Length; place++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF })
            {
                byte[] broken = [.. content];
                broken[place] = value;
                var thrown = Record.Exception(() => kind.Check(new MemoryStream(broken), long.MaxValue));

                Assert.True(thrown is null or UnsupportedFileException, $"{name}, byte {place}: {thrown}");
            }
        }
    }

    [Theory]
    [InlineData("photo.jpg", "image/jpeg", 96L)]
    [InlineData("photo.gif", "image/gif", 96L)]
    [InlineData("photo.webp", "image/webp", 96L)]
    [InlineData("lossless.webp", "image/webp", 96L)]
    [InlineData("animated.webp", "image/webp", 96L)]
    public void The_pixels_of_every_kind_of_picture_are_counted(string name, string contentType, long pixels)
    {
        var kind = FileKinds.Of(name, contentType);
        using var content = new MemoryStream(Pictures.Read(name));

        kind.Check(content, pixels);
        content.Position = 0;

        Assert.ThrowsAny<Exception>(() => kind.Check(content, pixels - 1));
    }
}
