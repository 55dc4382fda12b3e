using System.Collections.Concurrent;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using ProdReady.Api.Idempotency;
using ProdReady.Api.Requests;
using ProdReady.Application;
using ProdReady.Domain;

namespace ProdReady.Tests.Support;

/// <summary>
/// Routes that make something, whatever the app itself makes: a session of the user, with a name for a device.
/// </summary>
internal static class Things
{
    public const string Path = "/probe/things";
    public const string StrictPath = "/probe/strict-things";

    private static readonly ConcurrentDictionary<string, SlowThing> Slow = new();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, Make).AcceptsIdempotencyKey();
        routes.MapPut(Path, Make).AcceptsIdempotencyKey();
        routes.MapPost(StrictPath, Make).RequiresIdempotencyKey();
    }

    /// <param name="behaviour">What goes wrong once the thing is saved.</param>
    public static Task<HttpResponseMessage> MakeThing(
        this HttpClient client, string key, string name = "a thing", string? behaviour = null, string path = Path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(new { name }) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        request.Headers.TryAddWithoutValidation("Behaviour", behaviour);

        return client.SendAsync(request, Stories.Ct);
    }

    /// <summary>Makes a thing that takes until the test ends it. Returns once that has begun.</summary>
    public static async Task<SlowThing> BeginThing(this HttpClient client, string key, string name)
    {
        var slow = Slow.GetOrAdd(name, _ => new SlowThing());
        slow.Answer = client.MakeThing(key, name, "is slow");
        await await Task.WhenAny(slow.Begun.Task, slow.Answer);

        return slow;
    }

    public static string NewName() => $"{Guid.NewGuid():N}";

    public static bool IsReplayed(this HttpResponseMessage answer) => answer.Headers.Contains("Idempotency-Replayed");

    /// <summary>All of an answer that makes sense to keep.</summary>
    public static async Task<string> Seen(this HttpResponseMessage answer) => string.Join(
        '\n',
        answer.StatusCode,
        answer.Headers.Location,
        answer.Headers.ETag,
        answer.Content.Headers.ContentType,
        Convert.ToHexString(await answer.Content.ReadAsByteArrayAsync(Stories.Ct)));

    public static Task<int> CountThings(this App app, string name) =>
        app.Query(db => db.Sessions.CountAsync(session => session.UserAgent == name, Stories.Ct));

    private static async Task<IResult> Make(
        Thing thing, IAppDbContext db, CurrentUser user, HttpContext http, CancellationToken ct)
    {
        var device = new Device(IpAddress: null, thing.Name);
        var made = Session.Start(user.Id, device, DateTimeOffset.UtcNow, TimeSpan.FromDays(1));
        db.Sessions.Add(made);
        await db.SaveChangesAsync(ct);
        http.Response.SetETag(7);

        switch ((string?)http.Request.Headers["Behaviour"])
        {
            case "breaks a rule":
                throw new DomainException("Not on a Sunday.");
            case "crashes":
                throw new InvalidOperationException("Nobody expected this.");
            case "finds nothing":
                return TypedResults.NotFound();
            case "is slow":
                var slow = Slow[thing.Name];
                slow.Begun.TrySetResult();
                await slow.Ended.Task.WaitAsync(ct);
                break;
            case "talks too much":
                return TypedResults.Text(new string('ä', 40_000));
        }

        return TypedResults.Created($"{Path}/{made.Id}", new { made.Id, thing.Name });
    }

    private sealed record Thing(string Name);

    internal sealed class SlowThing
    {
        public Task<HttpResponseMessage> Answer { get; set; } = null!;

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
