using System.Net;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>The limits of an upload, its end before the whole file has arrived, and its repetition.</summary>
public sealed class UploadTests(AppWithUploads app) : IClassFixture<AppWithUploads>
{
    [Fact]
    public async Task A_file_may_be_as_large_as_the_setting_says_and_no_larger()
    {
        using var client = await app.SignedInClient();

        var largest = await client.Upload(AppWithUploads.Path, Pictures.Png(AppWithUploads.MaxBytes));
        var tooLarge = await client.Upload(AppWithUploads.Path, Pictures.Png(AppWithUploads.MaxBytes + 1));

        Assert.Equal(HttpStatusCode.OK, largest.StatusCode);
        await tooLarge.ShouldBe(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    [Fact]
    public async Task A_file_without_a_length_is_measured_while_it_arrives()
    {
        using var client = await app.SignedInClient();
        client.DefaultRequestHeaders.TransferEncodingChunked = true;

        var largest = await client.Upload(AppWithUploads.Path, Pictures.Png(AppWithUploads.MaxBytes));
        var tooLarge = await client.Upload(AppWithUploads.Path, Pictures.Png(AppWithUploads.MaxBytes + 1));

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

    [Fact]
    public async Task A_file_that_does_not_arrive_in_time_is_refused()
    {
        await using var own = new AppWithUploads { ["Uploads:Timeout"] = "00:00:03" };
        await own.InitializeAsync();
        var session = await own.SignedIn(await own.ConfirmedUser());

        var answer = await Raw(
            session,
            "Content-Length: 5000\r\n",
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
                + "Content-Type: image/png\r\n\r\nabc");

        Assert.StartsWith("HTTP/1.1 408", answer);
        Assert.Contains("urn:problem-type:request-timeout", answer);
        await Eventual.Happens(() => !own.Incoming().Any());
    }

    [Fact]
    public async Task A_client_that_disconnects_leaves_no_file_behind()
    {
        await using var own = new AppWithUploads();
        await own.InitializeAsync();
        var session = await own.SignedIn(await own.ConfirmedUser());
        await using var connection = await session.BeginUpload(AppWithUploads.Path, "Content-Length: 5000\r\n", """
            --XX
            Content-Disposition: form-data; name="file"; filename="a.png"
            Content-Type: image/png

            abc
            """.ReplaceLineEndings("\r\n"));
        await Eventual.Happens(() => own.Incoming().Any());

        connection.Socket.Close(timeout: 0);

        await Eventual.Happens(() => !own.Incoming().Any());
        Assert.DoesNotContain(own.Log.Lines, line => line.Level >= Serilog.Events.LogEventLevel.Error);
    }

    [Fact]
    public async Task With_a_key_the_same_file_is_the_same_request_whatever_its_multipart_framing()
    {
        using var client = await app.SignedInClient();

        var first = await client.Upload(AppWithUploads.Path, Pictures.Png(500), key: "k");
        var again = await client.Upload(AppWithUploads.Path, Pictures.Png(500), key: "k");
        var otherContent = await client.Upload(AppWithUploads.Path, Pictures.Png(500, mark: 1), key: "k");
        var otherName = await client.Upload(AppWithUploads.Path, Pictures.Png(500), "other.png", key: "k");

        Assert.Equal(["true"], again.Headers.GetValues("Idempotency-Replayed"));
        Assert.Equal(
            await first.Content.ReadAsStringAsync(Scenarios.Ct), await again.Content.ReadAsStringAsync(Scenarios.Ct));
        await otherContent.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        await otherName.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    private static async Task<string> Raw(Scenarios.Session session, string headers, string body)
    {
        await using var connection = await session.BeginUpload(AppWithUploads.Path, headers, body);

        return await connection.ReadAnswer();
    }
}
