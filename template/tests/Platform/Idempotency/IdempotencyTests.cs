using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using ProdReady.Api.Idempotency;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>What an Idempotency-Key promises on every route that takes one.</summary>
public sealed class IdempotencyTests(AppWithThings app) : IClassFixture<AppWithThings>
{
    [Fact]
    public async Task The_same_request_gets_the_same_answer_byte_for_byte_and_is_done_once()
    {
        using var client = await app.SignedInClient();
        var name = Things.NewName();

        var first = await client.MakeThing("k", name);
        var again = await client.MakeThing("k", name);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal("\"7\"", first.Headers.ETag?.Tag);
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(["true"], again.Headers.GetValues("Idempotency-Replayed"));
        Assert.Equal(await first.Seen(), await again.Seen());
        Assert.Equal(1, await app.CountThings(name));
    }

    [Fact]
    public async Task A_key_may_be_a_token_or_a_quoted_string()
    {
        using var client = await app.SignedInClient();

        await client.MakeThing("\"abc\"");

        Assert.True((await client.MakeThing("abc")).IsReplayed());
    }

    [Theory]
    [InlineData("!")]
    [InlineData("a,b;c=d\\~")]
    [InlineData("5f0d7c1e-9a51-4c8e-8a35-0d3c1b6f2e47")]
    public async Task Visible_ASCII_characters_make_a_key(string key)
    {
        using var client = await app.SignedInClient();

        Assert.Equal(HttpStatusCode.Created, (await client.MakeThing(key)).StatusCode);
        Assert.True((await client.MakeThing(key)).IsReplayed());
    }

    [Fact]
    public async Task A_key_has_at_most_255_characters()
    {
        using var client = await app.SignedInClient();

        var longest = await client.MakeThing($"\"{new string('a', 255)}\"");
        var tooLong = await client.MakeThing(new string('a', 256));

        Assert.Equal(HttpStatusCode.Created, longest.StatusCode);
        await tooLong.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"")]
    [InlineData("\"abc")]
    [InlineData("abc\"")]
    [InlineData("a\"c")]
    [InlineData("a c")]
    [InlineData("a\tc")]
    [InlineData("a, c")]
    [InlineData("schlüssel")]
    public async Task What_is_no_key_is_refused_and_nothing_is_done(string key)
    {
        var session = await app.SignedIn(await app.ConfirmedUser());
        using var sockets = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var client = new HttpClient(sockets)
        {
            BaseAddress = session.Client.BaseAddress,
            DefaultRequestHeaders = { Authorization = new("Bearer", session.AccessToken) },
        };
        var name = Things.NewName();

        var response = await client.MakeThing(key, name);

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        Assert.Equal(0, await app.CountThings(name));
    }

    [Fact]
    public async Task A_route_can_require_a_key()
    {
        using var client = await app.SignedInClient();

        var without = await client.Post(Things.StrictPath, new { name = Things.NewName() });
        var with = await client.MakeThing("k", path: Things.StrictPath);

        var problem = await without.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
        Assert.Contains("Idempotency-Key", problem.Text("detail"));
        Assert.Equal(HttpStatusCode.Created, with.StatusCode);
    }

    [Fact]
    public async Task Without_a_key_a_request_is_done_as_often_as_it_is_sent()
    {
        using var client = await app.SignedInClient();
        var name = Things.NewName();

        await client.Post(Things.Path, new { name });
        await client.Post(Things.Path, new { name });

        Assert.Equal(2, await app.CountThings(name));
    }

    [Fact]
    public async Task A_key_is_good_for_one_request_only()
    {
        using var client = await app.SignedInClient();
        var (name, other) = (Things.NewName(), Things.NewName());

        await client.MakeThing("k", name);
        var otherBody = await client.MakeThing("k", other);
        var otherQuery = await client.MakeThing("k", name, path: $"{Things.Path}?quietly=true");

        await otherBody.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        await otherQuery.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        Assert.True((await client.MakeThing("k", name)).IsReplayed());
        Assert.Equal(0, await app.CountThings(other));
    }

    [Fact]
    public async Task The_same_JSON_written_differently_is_the_same_request()
    {
        using var client = await app.SignedInClient();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "k");

        await client.PostRaw(Things.Path, """{"name":"a thing"}""");
        var again = await client.PostRaw(Things.Path, """{ "name" : "a\u0020thing" }""");

        Assert.True(again.IsReplayed());
    }

    [Fact]
    public async Task Another_user_path_or_method_has_keys_of_its_own()
    {
        using var client = await app.SignedInClient();
        using var stranger = await app.SignedInClient();
        var name = Things.NewName();
        var first = await client.MakeThing("k", name);

        var theirs = await stranger.MakeThing("k", name);
        var elsewhere = await client.MakeThing("k", name, path: Things.StrictPath);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "k");
        var otherwise = await client.Send(HttpMethod.Put, Things.Path, new { name });

        var answers = new[] { first, theirs, elsewhere, otherwise };
        Assert.All(answers, answer => Assert.False(answer.IsReplayed()));
        Assert.Distinct(answers.Select(answer => answer.Headers.Location));
        Assert.Equal(4, await app.CountThings(name));
    }

    [Theory]
    [InlineData("breaks a rule", HttpStatusCode.Conflict, "conflict")]
    [InlineData("finds nothing", HttpStatusCode.NotFound, "not-found")]
    [InlineData("crashes", HttpStatusCode.InternalServerError, "internal-error")]
    public async Task What_fails_is_undone_and_leaves_the_key_free(string behaviour, HttpStatusCode status, string slug)
    {
        using var client = await app.SignedInClient();
        var name = Things.NewName();

        await (await client.MakeThing("k", name, behaviour)).ShouldBe(status, slug);
        Assert.Equal(0, await app.CountThings(name));

        var retried = await client.MakeThing("k", name);
        Assert.Equal(HttpStatusCode.Created, retried.StatusCode);
        Assert.False(retried.IsReplayed());
        Assert.Equal(1, await app.CountThings(name));
    }

    [Fact]
    public async Task Whoever_is_no_longer_signed_in_does_not_get_the_answer()
    {
        using var client = await app.SignedInClient();
        await client.MakeThing("k");
        await client.Post("/api/v1/auth/logout");

        var response = await client.MakeThing("k");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.False(response.IsReplayed());
    }

    [Fact]
    public async Task After_the_retention_a_key_can_be_used_again()
    {
        using var client = await app.SignedInClient();
        var id = await IdOf(client);
        var (name, other) = (Things.NewName(), Things.NewName());
        await client.MakeThing(name, name);
        var expiry = await app.Query(db => db.IdempotencyKeys
            .Where(key => key.UserId == id).Select(key => key.ExpiresAt).SingleAsync(Stories.Ct));
        Assert.Equal(DateTimeOffset.UtcNow.AddDays(1), expiry, TimeSpan.FromMinutes(1));
        await app.Query(db => db.IdempotencyKeys.Where(key => key.UserId == id).ExecuteUpdateAsync(
            set => set.SetProperty(key => key.ExpiresAt, DateTimeOffset.UtcNow), Stories.Ct));

        var again = await client.MakeThing(name, other);

        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.False(again.IsReplayed());
        Assert.True((await client.MakeThing(name, other)).IsReplayed());
    }

    [Fact]
    public async Task An_answer_that_is_too_long_to_be_kept_is_sent_once_and_what_it_tells_of_is_done_once()
    {
        using var client = await app.SignedInClient();
        var id = await IdOf(client);
        var name = Things.NewName();

        var first = await client.MakeThing("k", name, "talks too much");
        var again = await client.MakeThing("k", name);

        Assert.Equal(new string('ä', 40_000), await first.Content.ReadAsStringAsync(Stories.Ct));
        await again.ShouldBe(HttpStatusCode.Conflict, "conflict");
        Assert.Equal(1, await app.CountThings(name));
        Assert.Null(await app.Query(db => db.IdempotencyKeys
            .Where(key => key.UserId == id).Select(key => key.Body).SingleAsync(Stories.Ct)));
    }

    [Fact]
    public async Task What_is_kept_goes_with_the_account()
    {
        using var client = await app.SignedInClient();
        await client.MakeThing("k");
        var id = await IdOf(client);
        Assert.Equal(1, await CountKeys());

        await client.Post("/api/v1/account/delete", new { password = Stories.Password });

        Assert.Equal(0, await CountKeys());

        Task<int> CountKeys() =>
            app.Query(db => db.IdempotencyKeys.CountAsync(key => key.UserId == id, Stories.Ct));
    }

    [Fact]
    public async Task A_route_that_lets_strangers_in_cannot_take_a_key()
    {
        await using var open = new App
        {
            Routes = routes => routes.MapPost("/probe", () => "").AllowAnonymous().AcceptsIdempotencyKey(),
        };

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => open.Started());

        Assert.Contains("POST /probe takes an Idempotency-Key and lets strangers in", exception.Message);
    }

    [Fact]
    public async Task A_route_whose_body_would_not_be_compared_cannot_take_a_key()
    {
        Func<IEndpointRouteBuilder, RouteHandlerBuilder>[] unseen =
        [
            routes => routes.MapPost("/probe", ([AsParameters] Envelope envelope) => envelope.Letter.Text),
            routes => routes.MapPost("/probe", (HttpRequest request) => "").Accepts<Letter>("application/json"),
            routes => routes.MapPost("/probe", (IFormFile file) => file.Name),
            routes => routes.MapPost("/probe", (IFormFile file) => file.Name).Accepts<IFormFile>("multipart/form-data"),
        ];

        foreach (var map in unseen)
        {
            await using var blind = new App { Routes = routes => map(routes).AcceptsIdempotencyKey() };

            var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => blind.Started());

            Assert.Contains("POST /probe takes an Idempotency-Key, and a body that is no param", exception.Message);
        }
    }

    private static async Task<Guid> IdOf(HttpClient client) =>
        Guid.Parse((await (await client.Get("/api/v1/account")).Json()).Text("id"));

    private sealed record Letter(string Text);

    private sealed record Envelope([FromBody] Letter Letter);
}
