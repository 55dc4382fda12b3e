using System.Net;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application.Idempotency;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Idempotency;

/// <summary>How long a response is stored, and who can get it.</summary>
public sealed class StoredResponseTests(AppWithSampleResource app) : IClassFixture<AppWithSampleResource>
{
    [Fact]
    public async Task After_logout_a_retry_does_not_get_the_stored_response()
    {
        using var client = await app.SignedInClient();
        await client.CreateSample("k");
        await client.Post("/api/v1/auth/logout");

        var response = await client.CreateSample("k");

        await response.ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.False(response.IsReplayed());
    }

    [Fact]
    public async Task After_the_retention_a_key_can_be_used_for_another_request()
    {
        using var client = await app.SignedInClient();
        var id = await IdOf(client);
        var (name, other) = (SampleResource.NewName(), SampleResource.NewName());
        await client.CreateSample(name, name);
        var expiry = await app.Query(db => db.Set<StoredResponse>()
            .Where(key => key.UserId == id).Select(key => key.ExpiresAt).SingleAsync(Scenarios.Ct));
        Assert.Equal(DateTimeOffset.UtcNow.AddDays(1), expiry, TimeSpan.FromMinutes(1));
        await app.Query(db => db.Set<StoredResponse>().Where(key => key.UserId == id).ExecuteUpdateAsync(
            set => set.SetProperty(key => key.ExpiresAt, DateTimeOffset.UtcNow), Scenarios.Ct));

        var again = await client.CreateSample(name, other);

        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.False(again.IsReplayed());
        Assert.True((await client.CreateSample(name, other)).IsReplayed());
    }

    [Fact]
    public async Task A_response_that_is_too_long_to_be_stored_is_sent_once_and_the_request_is_executed_once()
    {
        using var client = await app.SignedInClient();
        var id = await IdOf(client);
        var name = SampleResource.NewName();

        var first = await client.CreateSample("k", name, "long-body");
        var again = await client.CreateSample("k", name);

        Assert.Equal(new string('ä', 40_000), await first.Content.ReadAsStringAsync(Scenarios.Ct));
        await again.ShouldBe(HttpStatusCode.Conflict, "conflict");
        Assert.Equal(1, await app.CountSamples(name));
        Assert.Null(await app.Query(db => db.Set<StoredResponse>()
            .Where(key => key.UserId == id).Select(key => key.Body).SingleAsync(Scenarios.Ct)));
    }

    [Fact]
    public async Task Stored_responses_are_deleted_with_the_account()
    {
        using var client = await app.SignedInClient();
        await client.CreateSample("k");
        var id = await IdOf(client);
        Assert.Equal(1, await CountKeys());

        await client.Post("/api/v1/account/delete", new { password = Scenarios.Password });
        await app.RemoveDeletedAccounts();

        Assert.Equal(0, await CountKeys());

        Task<int> CountKeys() =>
            app.Query(db => db.Set<StoredResponse>().CountAsync(key => key.UserId == id, Scenarios.Ct));
    }

    private static async Task<Guid> IdOf(HttpClient client) =>
        Guid.Parse((await (await client.Get("/api/v1/account")).Json()).Text("id"));
}
