using System.Net;
using System.Net.Sockets;
using System.Text;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Files;

/// <summary>What every route that takes a file promises.</summary>
public sealed class UploadTests(AppWithUploads app) : IClassFixture<AppWithUploads>
{
    [Fact]
    public async Task A_file_may_be_as_large_as_the_setting_says_and_no_larger()
    {
        using var client = await app.SignedInClient();

        var largest = await client.Upload(AppWithUploads.Files, Pictures.Png(AppWithUploads.Limit));
        var tooLarge = await client.Upload(AppWithUploads.Files, Pictures.Png(AppWithUploads.Limit + 1));

        Assert.Equal(HttpStatusCode.OK, largest.StatusCode);
        await tooLarge.ShouldBe(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task A_file_without_a_length_is_measured_while_it_arrives()
    {
        using var client = await app.SignedInClient();
        client.DefaultRequestHeaders.TransferEncodingChunked = true;

        var largest = await client.Upload(AppWithUploads.Files, Pictures.Png(AppWithUploads.Limit));
        var tooLarge = await client.Upload(AppWithUploads.Files, Pictures.Png(AppWithUploads.Limit + 1));

        Assert.Equal(HttpStatusCode.OK, largest.StatusCode);
        await tooLarge.ShouldBe(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
    }

    [Fact]
    public async Task A_length_beyond_the_limit_is_refused_before_anything_arrives()
    {
        var session = await app.SignedIn(await app.ConfirmedUser());

        var answer = await Raw(session, "Content-Length: 999999999\r\n", "--XX\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer);
        Assert.Contains("urn:problem-type:payload-too-large", answer);
    }

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
    [InlineData("Føtö 写真 🖨.png", "Føtö 写真 🖨.png")]
    [InlineData("PHOTO.PNG", "PHOTO.PNG")]
    public async Task A_name_is_kept_without_what_could_do_harm(string sent, string kept)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Files, Pictures.Photo, sent);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(kept, (await response.Json()).Text("fileName"));
    }

    [Fact]
    public async Task A_long_name_is_shortened_and_keeps_its_extension()
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Files, Pictures.Photo, new string('x', 195) + "🖨🖨🖨.png");

        Assert.Equal(new string('x', 195) + ".png", (await response.Json()).Text("fileName"));
    }

    [Fact]
    public async Task A_name_may_be_written_as_RFC_5987_says()
    {
        using var client = await app.SignedInClient();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Pictures.Photo), "file", "Drücker.png" } };
        form.First().Headers.ContentType = new("image/png");

        var response = await client.Upload(AppWithUploads.Files, form);

        Assert.Equal("Drücker.png", (await response.Json()).Text("fileName"));
    }

    public static TheoryData<string> Unreadable => new()
    {
        "",
        "--XX--\r\n",
        "no multipart at all",
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nabc",
        "--XX\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno file\r\n--XX--\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a.png\"\r\n\r\nabc\r\n--XX--\r\n",
        "--XX\r\nContent-Disposition: \r\n\r\nabc\r\n--XX--\r\n",
        "--XX\r\n\r\nabc\r\n--XX--\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\nabc\r\n--XX--\r\n",
        $"--XX\r\n{string.Concat(Enumerable.Repeat("A: b\r\n", 9))}\r\nabc\r\n--XX--\r\n",
        $"--XX\r\nA: {new string('b', 20_000)}\r\n\r\nabc\r\n--XX--\r\n",
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_body_that_is_not_one_file_is_refused(string body)
    {
        using var client = await app.SignedInClient();

        var response = await client.Upload(AppWithUploads.Files, UploadStories.RawForm(body));

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task A_second_part_is_refused()
    {
        using var client = await app.SignedInClient();
        var form = UploadStories.Form(Pictures.Photo);
        form.Add(new StringContent("one more"), "comment");

        var response = await client.Upload(AppWithUploads.Files, form);

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Theory]
    [InlineData("multipart/form-data", 400)]
    [InlineData("multipart/form-data; boundary=", 400)]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 400)]
    [InlineData("multipart/mixed; boundary=XX", 415)]
    [InlineData("image/png", 415)]
    [InlineData("application/json", 415)]
    public async Task A_body_of_another_type_is_refused(string contentType, int status)
    {
        using var client = await app.SignedInClient();
        var content = new ByteArrayContent(Pictures.Photo);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        var response = await client.Upload(AppWithUploads.Files, content);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_file_that_does_not_get_here_in_time_is_given_up()
    {
        await using var own = new AppWithUploads { ["Uploads:Timeout"] = "00:00:03" };
        await own.InitializeAsync();
        var session = await own.SignedIn(await own.ConfirmedUser());

        var answer = await Raw(
            session,
            "Content-Length: 5000\r\n",
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nabc");

        Assert.StartsWith("HTTP/1.1 408", answer);
        Assert.Contains("urn:problem-type:request-timeout", answer);
        await Eventual.Happens(() => !own.Incoming().Any());
    }

    [Fact]
    public async Task A_client_that_hangs_up_leaves_nothing_behind()
    {
        await using var own = new AppWithUploads();
        await own.InitializeAsync();
        var session = await own.SignedIn(await own.ConfirmedUser());
        var (socket, _) = await Connect(session, "Content-Length: 5000\r\n", """
            --XX
            Content-Disposition: form-data; name="file"; filename="a.png"
            Content-Type: image/png

            abc
            """.ReplaceLineEndings("\r\n"));
        await Eventual.Happens(() => own.Incoming().Any());

        socket.Close(timeout: 0);

        await Eventual.Happens(() => !own.Incoming().Any());
        Assert.DoesNotContain(own.Log.Lines, line => line.Level >= Serilog.Events.LogEventLevel.Error);
    }

    [Fact]
    public async Task With_a_key_the_same_file_is_the_same_request_however_it_is_packed()
    {
        using var client = await app.SignedInClient();

        var first = await client.Upload(AppWithUploads.Files, Pictures.Png(500), key: "k");
        var again = await client.Upload(AppWithUploads.Files, Pictures.Png(500), key: "k");
        var otherContent = await client.Upload(AppWithUploads.Files, Pictures.Png(500, mark: 1), key: "k");
        var otherName = await client.Upload(AppWithUploads.Files, Pictures.Png(500), "other.png", key: "k");

        Assert.Equal(["true"], again.Headers.GetValues("Idempotency-Replayed"));
        Assert.Equal(
            await first.Content.ReadAsStringAsync(Stories.Ct), await again.Content.ReadAsStringAsync(Stories.Ct));
        await otherContent.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        await otherName.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    private static async Task<string> Raw(Stories.Session session, string headers, string body)
    {
        var (socket, stream) = await Connect(session, headers, body);
        using (socket)
        {
            var answer = new byte[4096];
            var length = await stream.ReadAtLeastAsync(answer, 600, throwOnEndOfStream: false, Stories.Ct);

            return Encoding.UTF8.GetString(answer, 0, length);
        }
    }

    private static async Task<(Socket Socket, NetworkStream Stream)> Connect(
        Stories.Session session, string headers, string body)
    {
        var address = session.Client.BaseAddress!;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, Stories.Ct);
        var stream = new NetworkStream(socket);
        var request = $"POST {AppWithUploads.Files} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {session.AccessToken}\r\n"
            + $"Content-Type: multipart/form-data; boundary=XX\r\n{headers}\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Stories.Ct);

        return (socket, stream);
    }
}
