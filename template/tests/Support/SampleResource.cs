using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using ProdReady.Api.Idempotency;
using ProdReady.Api.Requests;
using ProdReady.Application;
using ProdReady.Domain;

namespace ProdReady.Tests.Support;

/// <summary>
/// Routes of the tests that create a resource, whatever features the app has. It is stored as a session of the user,
/// with its name as the User-Agent.
/// </summary>
internal static class SampleResource
{
    public const string Path = "/probe/samples";
    public const string StrictPath = "/probe/strict-samples";

    private static readonly ConcurrentDictionary<string, SlowRequest> Slow = new();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, Create).AcceptsIdempotencyKey();
        routes.MapPut(Path, Create).AcceptsIdempotencyKey();
        routes.MapPost(StrictPath, CreateStrict).AcceptsIdempotencyKey();
    }

    /// <param name="behaviour">What the endpoint does once the resource is saved.</param>
    public static Task<HttpResponseMessage> CreateSample(
        this HttpClient client, string key, string name = "a sample", string? behaviour = null, string path = Path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(new { name }) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        request.Headers.TryAddWithoutValidation("Behaviour", behaviour);

        return client.SendAsync(request, Scenarios.Ct);
    }

    /// <summary>
    /// Of fifty concurrent requests with one key, by two clients in turn, one is executed. The others get its response,
    /// or a 409.
    /// </summary>
    public static async Task CreateSampleOnce(this App app, HttpClient first, HttpClient second)
    {
        var name = NewName();

        var responses = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? first : second).CreateSample(name, name)));

        var created = responses.Where(response => response.StatusCode == HttpStatusCode.Created).ToList();
        Assert.Single(created, response => !response.IsReplayed());
        Assert.Single((await Task.WhenAll(created.Select(Replayable))).Distinct());
        foreach (var rejected in responses.Except(created))
        {
            await rejected.ShouldBe(HttpStatusCode.Conflict, "request-in-progress");
        }

        Assert.Equal(1, await app.CountSamples(name));
    }

    /// <summary>A request that runs until the test completes Release. Returns once it has started.</summary>
    public static async Task<SlowRequest> BeginSample(this HttpClient client, string key, string name)
    {
        var slow = Slow.GetOrAdd(name, _ => new SlowRequest());
        slow.Response = client.CreateSample(key, name, "slow");
        await await Task.WhenAny(slow.Started.Task, slow.Response);

        return slow;
    }

    public static string NewName() => $"{Guid.NewGuid():N}";

    public static bool IsReplayed(this HttpResponseMessage response) =>
        response.Headers.Contains("Idempotency-Replayed");

    /// <summary>Everything of a response that a replay must repeat.</summary>
    public static async Task<string> Replayable(this HttpResponseMessage response) => string.Join(
        '\n',
        response.StatusCode,
        response.Headers.Location,
        response.Headers.ETag,
        response.Content.Headers.ContentType,
        Convert.ToHexString(await response.Content.ReadAsByteArrayAsync(Scenarios.Ct)));

    public static Task<int> CountSamples(this App app, string name) =>
        app.Query(db => db.Sessions.CountAsync(session => session.UserAgent == name, Scenarios.Ct));

    // How a route requires a key: without the header, binding fails with a 400.
    private static Task<IResult> CreateStrict(
        [FromHeader(Name = "Idempotency-Key")] string key,
        Sample sample,
        IAppDbContext db,
        CurrentUser user,
        HttpContext http,
        CancellationToken ct) => Create(sample, db, user, http, ct);

    private static async Task<IResult> Create(
        Sample sample, IAppDbContext db, CurrentUser user, HttpContext http, CancellationToken ct)
    {
        var device = new Device(IpAddress: null, sample.Name);
        var session = Session.Start(user.Id, device, DateTimeOffset.UtcNow, TimeSpan.FromDays(1));
        db.Sessions.Add(session);
        await db.SaveChangesAsync(ct);
        http.Response.SetETag(7);

        switch ((string?)http.Request.Headers["Behaviour"])
        {
            case "conflict":
                throw new DomainException("Not on a Sunday.");
            case "exception":
                throw new InvalidOperationException("An unexpected exception.");
            case "not-found":
                return TypedResults.NotFound();
            case "slow":
                var slow = Slow[sample.Name];
                slow.Started.TrySetResult();
                await slow.Release.Task.WaitAsync(ct);
                break;
            case "long-body":
                return TypedResults.Text(new string('ä', 40_000));
        }

        return TypedResults.Created($"{Path}/{session.Id}", new { session.Id, sample.Name });
    }

    private sealed record Sample(string Name);

    internal sealed class SlowRequest
    {
        public Task<HttpResponseMessage> Response { get; set; } = null!;

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
