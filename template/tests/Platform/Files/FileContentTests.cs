using System.Net;
using System.Security.Cryptography;
using ProdReady.Application.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>
/// A file is accepted if its name, its declared type and its content agree, from the beginning to the end marker of its
/// format.
/// </summary>
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
    public async Task A_file_whose_name_type_and_content_agree_is_accepted(string name, string contentType)
    {
        using var client = await app.SignedInClient();
        var content = Pictures.Read(name);

        var response = await client.Upload(AppWithUploads.Path, content, name, contentType);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var file = await response.Json();
        Assert.Equal(name, file.Text("fileName"));
        Assert.Equal(contentType, file.Text("contentType"));
        Assert.Equal(content.Length, file.GetProperty("size").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.Text("sha256"));
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    // What Python's requests, curl, Android, old browsers and browsers on Windows send.
    [Theory]
    [InlineData("photo.png", "photo.png", null)]
    [InlineData("photo.png", "photo.png", "application/octet-stream")]
    [InlineData("photo.png", "photo.png", "image/png; charset=utf-8")]
    [InlineData("photo.png", "photo.png", "IMAGE/X-PNG")]
    [InlineData("photo.png", "photo.png", "image/*")]
    [InlineData("photo.jpg", "photo.jpg", "image/jpg")]
    [InlineData("photo.jpg", "photo.jpeg", "image/pjpeg")]
    [InlineData("photo.jpg", "photo.jfif", "image/jpeg")]
    [InlineData("photo.jpg", "photo.JPE", "*/*")]
    [InlineData("letter.pdf", "letter.pdf", null)]
    [InlineData("letter.pdf", "letter.pdf", "application/x-pdf")]
    public async Task A_type_may_have_an_old_name_or_be_unknown_to_the_client(string file, string name, string? type)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.Read(file), name, type);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var kind = FileKinds.Of(file, null).ContentType;
        Assert.Equal(kind, (await response.Json()).Text("contentType"));
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
    [InlineData("photo.png", "photo.png", "text/html")]
    [InlineData("photo.png", "photo.png", "image/jpg")]
    [InlineData("photo.png", "photo.jfif", "application/octet-stream")]
    [InlineData("photo.png", "photo.png", "application/*")]
    [InlineData("photo.png", "photo.html", "application/octet-stream")]
    public async Task A_file_whose_name_type_and_content_differ_is_refused(string file, string name, string contentType)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.Read(file), name, contentType);

        await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task A_script_with_the_name_of_a_picture_is_refused_with_the_reason()
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, "#!/bin/sh\nrm -rf /\n"u8.ToArray());

        var problem = await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        Assert.Equal("The content is not a complete PNG file.", problem.Text("detail"));
    }

    [Fact]
    public async Task An_empty_file_is_refused()
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, []);

        await response.ShouldNameInvalid("file");
    }

    [Theory]
    [InlineData(7_072, 7_072)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public async Task A_small_file_with_a_huge_picture_is_refused(uint width, uint height)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.PngOf(width, height));

        await response.ShouldNameInvalid("file");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_that_is_cut_off_at_any_byte_is_refused(string name, string contentType)
    {
        var content = Pictures.Read(name);
        var kind = FileKinds.Of(name, contentType);

        // Without its last byte a PDF lacks only a line break.
        for (var length = 0; length < content.Length - 1; length++)
        {
            var cutOff = new MemoryStream(content, 0, length);
            Assert.Throws<UnsupportedFileException>(() => kind.Check(cutOff, long.MaxValue, Scenarios.Ct));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void With_any_wrong_byte_the_check_ends_and_only_throws_what_is_a_415(string name, string contentType)
    {
        var content = Pictures.Read(name);
        var kind = FileKinds.Of(name, contentType);

        for (var position = 0; position < content.Length; position++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF })
            {
                byte[] broken = [.. content];
                broken[position] = value;
                var thrown = Record.Exception(
                    () => kind.Check(new MemoryStream(broken), long.MaxValue, Scenarios.Ct));

                Assert.True(thrown is null or UnsupportedFileException, $"{name}, byte {position}: {thrown}");
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

        kind.Check(content, pixels, Scenarios.Ct);
        content.Position = 0;

        Assert.ThrowsAny<Exception>(() => kind.Check(content, pixels - 1, Scenarios.Ct));
    }
}
