using System.Net;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>The name of a file, as it is shown and as a download is called.</summary>
public sealed class FileNameTests(AppWithUploads app) : IClassFixture<AppWithUploads>
{
    [Theory]
    [InlineData("../../etc/passwd.png", "passwd.png")]
    [InlineData(@"C:\Users\me\photo.png", "photo.png")]
    [InlineData("/photo.png", "photo.png")]
    [InlineData("pho\u001b[31mto.png", "pho[31mto.png")]
    [InlineData("photo\u202egpj.png", "photogpj.png")]
    [InlineData("pho\u200bto\u2028.png", "photo.png")]
    [InlineData("<photo>:\"x\"|?*.png", "_photo__%22x%22___.png")]
    [InlineData("photo.png. . ", "photo.png")]
    [InlineData("photo.exe.png", "photo.exe.png")]
    [InlineData("CON.png", "_CON.png")]
    [InlineData("nul.tar.png", "_nul.tar.png")]
    [InlineData("COM1 .png", "_COM1 .png")]
    [InlineData("COM¹.png", "_COM¹.png")] // Windows reads superscript digits as digits
    [InlineData("lpt³ .png", "_lpt³ .png")]
    [InlineData("Føtö 写真 🖨.png", "Føtö 写真 🖨.png")]
    [InlineData("PHOTO.PNG", "PHOTO.PNG")]
    public async Task A_name_is_kept_without_what_could_do_harm(string sent, string kept)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.Photo, sent);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(kept, (await response.Json()).Text("fileName"));
    }

    [Fact]
    public async Task A_long_name_is_shortened_and_keeps_its_extension()
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.Photo, new string('x', 195) + "🖨🖨🖨.png");

        Assert.Equal(new string('x', 195) + ".png", (await response.Json()).Text("fileName"));
    }

    [Fact]
    public async Task An_extension_without_room_for_a_name_is_refused()
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.Photo, $"a.{new string('x', 300)}");

        await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact]
    public async Task A_name_may_be_written_as_RFC_5987_says()
    {
        using var client = await app.SignedInClient();
        using var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(Pictures.Photo), "file", "Drücker.png");
        form.First().Headers.ContentType = new("image/png");

        var response = await client.Upload(AppWithUploads.Path, form);

        Assert.Equal("Drücker.png", (await response.Json()).Text("fileName"));
    }
}
