using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ProdReady.Api.Files;
using ProdReady.Api.RateLimiting;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>Uploads of one user that run at the same time leave disk and database connections to others.</summary>
public sealed class RunningUploadsTests
{
    [Fact]
    public async Task Uploads_that_arrive_slowly_do_not_delay_the_other_calls_of_their_user()
    {
        await using var app = await new App
        {
            ["RateLimits:Concurrency:PermitLimit"] = "1",
            Routes = routes => routes.MapPost("/probe/uploads", (FileUpload upload) => TypedResults.Ok(upload.File))
                .LimitRefusedUploads().AcceptsFile(),
        }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await using var first = await Begin();
        await using var second = await Begin();
        await Eventual.Happens(() => app.Incoming().Count() == 2);

        Assert.Equal(HttpStatusCode.OK, (await session.Client.GetAccount()).StatusCode);

        Task<NetworkStream> Begin() => session.BeginUpload(
            "/probe/uploads",
            "Content-Length: 60000\r\n",
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
                + "Content-Type: image/png\r\n\r\na");
    }

    [Fact]
    public async Task What_has_arrived_of_unfinished_uploads_counts_against_the_quota()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:QuotaBytes"] = "100000" }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());

        await using var first = await Begin(40_000);
        await using var second = await Begin(40_000);
        await Eventual.Happens(() => app.Incoming().Sum(file => new FileInfo(file).Length) > 79_000);
        await using var third = await Begin(40_000);
        var refused = await third.ReadAnswer();
        using var otherUser = await app.SignedInClient();
        var ofOtherUser = await otherUser.Keep(Pictures.Png(90_000));
        first.Socket.Close(timeout: 0);
        await Eventual.Happens(() => app.Incoming().Count() == 1);
        var fits = await session.Client.Keep(Pictures.Png(50_000));

        Assert.StartsWith("HTTP/1.1 507", refused);
        Assert.Contains("urn:problem-type:storage-full", refused);
        Assert.Equal(HttpStatusCode.Created, ofOtherUser.StatusCode);
        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);

        Task<NetworkStream> Begin(int size) => session.BeginUpload(
            SampleFileRoutes.Path,
            "Content-Length: 60000\r\n",
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
                + $"Content-Type: image/png\r\n\r\n{new string('a', size)}");
    }

    [Fact]
    public async Task With_a_full_quota_an_upload_is_refused_before_its_content_arrives()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:MaxFiles"] = "1" }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await session.Client.Keep(Pictures.Photo);

        await using var connection = await session.BeginUpload(
            SampleFileRoutes.Path,
            "Content-Length: 60000\r\n",
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
                + "Content-Type: image/png\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 507", await connection.ReadAnswer());
    }

    [PostgresFact]
    public async Task Sixty_uploads_that_wait_for_the_row_of_their_user_do_not_delay_other_users()
    {
        await using var app = await new AppWithSampleFiles
        {
            Reach = database => new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = 30 }.ConnectionString,
        }.Started();
        var address = await app.ConfirmedUser();
        using var session = await app.SignedIn(address);
        using var otherUser = await app.SignedInClient();
        await using var locked = await LockedUser(app, address);

        var uploads = Enumerable.Range(0, 60).Select(_ => session.Client.Keep(Pictures.Photo)).ToList();
        await Eventual.Happens(() => app.Incoming().Count() + app.Kept().Count() >= 30);
        for (var i = 0; i < 20; i++)
        {
            var read = await otherUser.Get(SampleFileRoutes.Path).WaitAsync(TimeSpan.FromSeconds(10), Scenarios.Ct);
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        }

        await locked.RollbackAsync(Scenarios.Ct);
        Assert.All(
            await Task.WhenAll(uploads), answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(60, await app.Query(db => db.Set<SampleFile>().CountAsync(Scenarios.Ct)));
    }

    [Fact]
    public async Task A_retry_with_a_key_gets_the_first_answer_although_its_file_has_filled_the_quota()
    {
        await using var app = await new AppWithSampleFiles { ["Uploads:QuotaBytes"] = "1000" }.Started();
        using var client = await app.SignedInClient();

        var first = await client.Keep(Pictures.Png(1_000), key: "k");
        var again = await client.Keep(Pictures.Png(1_000), key: "k");
        var another = await client.Keep(Pictures.Photo, key: "l");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(["true"], again.Headers.GetValues("Idempotency-Replayed"));
        await another.ShouldBe(HttpStatusCode.InsufficientStorage, "storage-full");
        Assert.Single(app.Kept());
    }

    [PostgresFact]
    public Task A_client_that_disconnects_while_its_file_is_stored_leaves_no_content_without_a_row() =>
        DisconnectWhileStoring(key: "");

    [PostgresFact]
    public Task With_a_key_a_client_that_disconnects_leaves_no_content_without_a_row_either() =>
        DisconnectWhileStoring(key: "Idempotency-Key: k\r\n");

    [Fact]
    public async Task An_upload_waits_for_the_one_before_it_as_long_as_a_request_may_take()
    {
        using var silentScanner = new TcpListener(IPAddress.Loopback, port: 0);
        silentScanner.Start();
        await using var app = await new AppWithSampleFiles
        {
            ["ClamAv:Host"] = "127.0.0.1",
            ["ClamAv:Port"] = $"{((IPEndPoint)silentScanner.LocalEndpoint).Port}",
            ["ClamAv:Timeout"] = "00:00:30",
        }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        await using var brief = await app.Another(other => other["Requests:Timeout"] = "00:00:05");
        using var client = session.On(brief);

        var first = client.Keep(Pictures.Photo);
        using var scan = await silentScanner.AcceptTcpClientAsync(Scenarios.Ct);
        var second = await client.Keep(Pictures.Photo);

        await second.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.True(second.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.False(first.IsCompleted);
        scan.Close();
        await (await first).ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        await Eventual.Happens(() => !app.Incoming().Any());
    }

    private static async Task DisconnectWhileStoring(string key)
    {
        await using var app = await new AppWithSampleFiles().Started();
        var address = await app.ConfirmedUser();
        using var session = await app.SignedIn(address);
        await using var locked = await LockedUser(app, address);
        var body = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n"
            + "Content-Type: application/pdf\r\n\r\n%PDF-1.7 1 0 obj startxref 9 %%EOF\r\n--XX--\r\n";

        await using var connection = await session.BeginUpload(
            SampleFileRoutes.Path, $"Content-Length: {body.Length}\r\n{key}", body);
        await Eventual.Happens(() => app.Kept().Any());
        connection.Socket.Close(timeout: 0);
        await Task.Delay(200, Scenarios.Ct);
        await locked.RollbackAsync(Scenarios.Ct);

        await Eventual.Happens(() => app.Query(db => db.Set<SampleFile>().AnyAsync(Scenarios.Ct)));
        Assert.Single(app.Kept());
    }

    private static async Task<NpgsqlTransaction> LockedUser(App app, string email)
    {
        var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync(Scenarios.Ct);
        var transaction = await connection.BeginTransactionAsync(Scenarios.Ct);
        await using var locking = new NpgsqlCommand("SELECT FROM users WHERE email = $1 FOR UPDATE", connection)
        {
            Parameters = { new() { Value = email } },
        };
        await locking.ExecuteNonQueryAsync(Scenarios.Ct);

        return transaction;
    }
}
