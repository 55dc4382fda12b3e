using System.Net;
using System.Text;
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
    [InlineData("نامه\u200cها.png", "نامه\u200cها.png")] // Persian: without the joiner the letters connect
    [InlineData("क्\u200dष.png", "क्\u200dष.png")]
    [InlineData("👨\u200d👩\u200d👧 ❤️\u200d🔥.png", "👨\u200d👩\u200d👧 ❤️\u200d🔥.png")]
    [InlineData("\u200dphoto\u200c\u200d.png", "photo.png")]
    [InlineData("نا\u200c\u200c\u200dمه.png", "نا\u200cمه.png")]
    [InlineData("\u200f\u061c\u2066photo\u2069\ufeff.png", "photo.png")]
    [InlineData("\u200c.png", "_.png")]
    [InlineData("\u3164.png", "_\u3164.png")] // letters that show nothing
    [InlineData("\u2800\u00a0\u1160.png", "_\u2800\u00a0\u1160.png")]
    [InlineData("⠓⠊\u2800⠓.png", "⠓⠊\u2800⠓.png")]
    [InlineData(".png", "_.png")]
    [InlineData("..photo.png", "photo.png")]
    [InlineData("Bu\u0308ro.png", "Bu\u0308ro.png")] // as macOS writes ü
    [InlineData("IMG_0001 (1).png", "IMG_0001 (1).png")]
    [InlineData("a;b=c, 'd' & e%20f.png", "a;b=c, 'd' & e%20f.png")]
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

    [Theory]
    [InlineData(252)]
    [InlineData(2_000)]
    public async Task A_name_may_be_as_long_as_file_systems_allow_and_longer(int length)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Path, Pictures.Photo, new string('写', length / 3) + ".png");

        Assert.Equal(
            new string('写', Math.Min(length / 3, 196)) + ".png", (await response.Json()).Text("fileName"));
    }

    [Theory]
    [InlineData("a.", 300)]
    [InlineData("a.", 199)]
    [InlineData("🖨.", 198)]
    [InlineData("a.png.", 2_000)]
    [InlineData(".", 200)]
    public async Task An_extension_without_room_for_a_name_is_refused(string beginning, int length)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(
            AppWithUploads.Path, Pictures.Photo, beginning + new string('x', length), "application/octet-stream");

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

    // Headers as clients write them: browsers, curl, urllib3 before and since 1.25, React Native, Dart, by hand.
    [Theory]
    [InlineData("form-data; name=\"file\"; filename=\"photo.png\"", "photo.png")]
    [InlineData("form-data; name=file; filename=photo.png", "photo.png")]
    [InlineData("form-data; Name=\"file\"; FileName=\"photo.png\"", "photo.png")]
    [InlineData("form-data;name=\"file\";filename=\"photo.png\"", "photo.png")]
    [InlineData("form-data; filename=\"photo.png\"; name=\"file\"", "photo.png")]
    [InlineData("form-data; name=\"file\"; filename=\"a \\\"b\\\" c.png\"", "a _b_ c.png")]
    [InlineData("form-data; name=\"file\"; filename=\"C:\\\\photos\\\\a.png\"", "a.png")]
    [InlineData("form-data; name=\"file\"; filename*=utf-8''Dr%C3%BCcker.png", "Drücker.png")]
    [InlineData("form-data; name=\"file\"; filename=\"x.png\"; filename*=UTF-8''%E5%86%99.png", "写.png")]
    [InlineData("form-data; name=\"file\"; filename=\"x.png\"; filename*=UTF-8''%FF%FE.png", "_.png")]
    [InlineData("form-data; name=\"file\"; filename=\"x.png\"; filename*=nonsense", "x.png")]
    [InlineData("form-data; name=\"file\"; filename*=iso-8859-1'en'Dr%FCcker.png", "Drücker.png")]
    [InlineData("form-data; name=\"file\"; filename=\"Dr\u00fccker.png\"", "Drcker.png")] // not UTF-8
    public async Task A_name_is_read_from_the_header_of_any_client(string disposition, string kept)
    {
        using var client = await app.SignedInClient();
        var picture = Encoding.Latin1.GetString(Pictures.Photo);

        var response = await client.Upload(AppWithUploads.Path, UploadScenarios.RawForm(
            $"--XX\r\ncontent-disposition: {disposition}\r\ncontent-length: {picture.Length}\r\n"
            + $"Content-Transfer-Encoding: binary\r\n\r\n{picture}\r\n--XX--\r\n"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(kept, (await response.Json()).Text("fileName"));
    }
}
