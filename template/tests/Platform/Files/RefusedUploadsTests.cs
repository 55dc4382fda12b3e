using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.Files;
using ProdReady.Api.RateLimiting;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

/// <summary>A refused file costs the work of its checks, and no quota counts it.</summary>
public sealed class RefusedUploadsTests : IAsyncLifetime
{
    private const string Path = "/probe/limited-uploads";
    private const int Limit = 4;

    public async ValueTask InitializeAsync() => await Eventual.IsNotTheEndOfTheHour();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Refused_uploads_count_and_beyond_the_limit_no_body_is_read()
    {
        await using var app = new App
        {
            Routes = routes =>
            {
                Limited(routes.MapPost(Path, (FileUpload upload) => TypedResults.Ok(upload.File)));
                Limited(routes.MapPost($"{Path}/nowhere", (FileUpload _) => TypedResults.NotFound()));
            },
            ["RateLimits:RefusedUploads:PermitLimit"] = $"{Limit}",
            ["RateLimits:RefusedUploads:Window"] = "1.00:00:00",
            ["RateLimits:Writes:PermitLimit"] = "1",
            ["Uploads:MaxBytes"] = "100000",
        };
        await app.InitializeAsync();
        using var client = await app.SignedInClient();
        using var other = await app.SignedInClient();

        Assert.Equal(Limit, (await client.Upload(Path, Pictures.Png(200))).Left("refused-uploads"));
        var refused = new[]
        {
            await client.Upload(Path, "GIF89a"u8.ToArray()),
            await client.Upload(Path, UploadScenarios.RawForm("no form")),
            await client.Upload(Path, Pictures.Png(100_001)),
            // It was received and checked all the same.
            await client.Upload($"{Path}/nowhere", Pictures.Png(200)),
        };

        Assert.Equal(
            [
                HttpStatusCode.UnsupportedMediaType, HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge,
                HttpStatusCode.NotFound,
            ],
            refused.Select(answer => answer.StatusCode));
        Assert.Equal([3, 2, 1, 0], refused.Select(answer => answer.Left("refused-uploads")));
        var rejected = await client.Upload(Path, Pictures.Png(200));
        var problem = await rejected.ShouldBe(HttpStatusCode.TooManyRequests, "quota-exceeded");
        Assert.Equal("""["refused-uploads"]""", problem.GetProperty("violated-policies").GetRawText());
        Assert.NotNull(rejected.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await other.Upload(Path, Pictures.Png(200))).StatusCode);
    }

    [Fact]
    public async Task A_refusal_is_heard_by_a_client_that_first_sends_its_whole_file_slowly()
    {
        await using var app = await new App
        {
            Routes = routes => Limited(routes.MapPost(Path, (FileUpload upload) => TypedResults.Ok(upload.File))),
        }.Started();
        using var session = await app.SignedIn(await app.ConfirmedUser());
        var begin = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.heic\"\r\n"
            + $"Content-Type: image/heic\r\n\r\n{new string('a', 10_000)}";
        var rest = new byte[3_000_000];
        var length = $"Content-Length: {begin.Length + rest.Length}\r\n";

        // Kestrel alone would read for 5 seconds.
        await using var connection = await session.BeginUpload(Path, length, begin);
        await Task.Delay(TimeSpan.FromSeconds(7), Scenarios.Ct);
        await connection.WriteAsync(rest, Scenarios.Ct);

        Assert.StartsWith("HTTP/1.1 415", await connection.ReadAnswer());
    }

    private static void Limited(RouteHandlerBuilder route) => route.LimitRefusedUploads().AcceptsFile();
}
