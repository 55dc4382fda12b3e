using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>What an Idempotency-Key promises on every route that accepts one.</summary>
public sealed class IdempotencyTests(AppWithSampleResource app) : IClassFixture<AppWithSampleResource>
{
    [Fact]
    public async Task A_retry_gets_the_same_response_byte_for_byte_and_is_executed_once()
    {
        using var client = await app.SignedInClient();
        var name = SampleResource.NewName();

        var first = await client.CreateSample("k", name);
        var again = await client.CreateSample("k", name);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal("\"7\"", first.Headers.ETag?.Tag);
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(["true"], again.Headers.GetValues("Idempotency-Replayed"));
        Assert.Equal(await first.Replayable(), await again.Replayable());
        Assert.Equal(1, await app.CountSamples(name));
    }

    [Fact]
    public async Task Without_a_key_a_request_is_executed_each_time()
    {
        using var client = await app.SignedInClient();
        var name = SampleResource.NewName();

        await client.Post(SampleResource.Path, new { name });
        await client.Post(SampleResource.Path, new { name });

        Assert.Equal(2, await app.CountSamples(name));
    }

    [Fact]
    public async Task A_key_that_is_reused_for_a_different_request_is_a_422()
    {
        using var client = await app.SignedInClient();
        var (name, other) = (SampleResource.NewName(), SampleResource.NewName());

        await client.CreateSample("k", name);
        var otherBody = await client.CreateSample("k", other);
        var otherQuery = await client.CreateSample("k", name, path: $"{SampleResource.Path}?quietly=true");

        await otherBody.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        await otherQuery.ShouldBe(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        Assert.True((await client.CreateSample("k", name)).IsReplayed());
        Assert.Equal(0, await app.CountSamples(other));
    }

    [Fact]
    public async Task The_same_JSON_in_another_notation_is_the_same_request()
    {
        using var client = await app.SignedInClient();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "k");

        await client.PostRaw(SampleResource.Path, """{"name":"a sample"}""");
        var again = await client.PostRaw(SampleResource.Path, """{ "name" : "a\u0020sample" }""");

        Assert.True(again.IsReplayed());
    }

    [Fact]
    public async Task A_key_belongs_to_one_user_path_and_method()
    {
        using var client = await app.SignedInClient();
        using var otherUser = await app.SignedInClient();
        var name = SampleResource.NewName();
        var first = await client.CreateSample("k", name);

        var ofOtherUser = await otherUser.CreateSample("k", name);
        var elsewhere = await client.CreateSample("k", name, path: SampleResource.StrictPath);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "k");
        var otherwise = await client.Send(HttpMethod.Put, SampleResource.Path, new { name });

        var responses = new[] { first, ofOtherUser, elsewhere, otherwise };
        Assert.All(responses, response => Assert.False(response.IsReplayed()));
        Assert.Distinct(responses.Select(response => response.Headers.Location));
        Assert.Equal(4, await app.CountSamples(name));
    }

    [Fact]
    public async Task The_same_path_in_another_spelling_is_the_same_request()
    {
        using var client = await app.SignedInClient();
        var name = SampleResource.NewName();

        await client.CreateSample("k", name);
        var again = await client.CreateSample("k", name, path: $"{SampleResource.Path.ToUpperInvariant()}/");

        Assert.True(again.IsReplayed());
        Assert.Equal(1, await app.CountSamples(name));
    }

    [Theory]
    [InlineData("conflict", HttpStatusCode.Conflict, "conflict")]
    [InlineData("not-found", HttpStatusCode.NotFound, "not-found")]
    [InlineData("exception", HttpStatusCode.InternalServerError, "internal-error")]
    public async Task A_request_that_fails_is_rolled_back_and_its_key_can_be_used_again(
        string behaviour, HttpStatusCode status, string slug)
    {
        using var client = await app.SignedInClient();
        var name = SampleResource.NewName();

        await (await client.CreateSample("k", name, behaviour)).ShouldBe(status, slug);
        Assert.Equal(0, await app.CountSamples(name));

        var retry = await client.CreateSample("k", name);
        Assert.Equal(HttpStatusCode.Created, retry.StatusCode);
        Assert.False(retry.IsReplayed());
        Assert.Equal(1, await app.CountSamples(name));
    }
}
