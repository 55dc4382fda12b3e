using System.Net;
using Npgsql;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Edge;

public sealed class HealthTests(SharedApp app)
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Probes_are_anonymous_and_answer_with_one_word(string path)
    {
        using var client = app.CreateClient();

        // On a busy machine the readiness check can exceed its timeout.
        var (get, head) = (new HttpResponseMessage(), new HttpResponseMessage());
        await Eventual.Happens(async () =>
        {
            (get, head) = (await client.Get(path), await client.Send(HttpMethod.Head, path));

            return get.IsSuccessStatusCode && head.IsSuccessStatusCode;
        });

        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        Assert.Equal("Healthy", await get.Content.ReadAsStringAsync(Scenarios.Ct));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Fact]
    public async Task Without_a_database_the_app_is_alive_but_not_ready()
    {
        await using var isolated = await Apps.WithoutDatabase("Production").Started();
        using var client = isolated.CreateClient();

        var ready = await client.Get("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("Unhealthy", await ready.Content.ReadAsStringAsync(Scenarios.Ct));
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/live")).StatusCode);
    }

    [PostgresFact]
    public async Task Ready_is_503_until_the_migrations_are_applied_and_when_the_database_is_unavailable()
    {
        var database = await TestPostgres.CreateDatabase();
        await using var fresh = await new App { ["ConnectionStrings:Database"] = database }.Started();
        using var client = fresh.CreateClient();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.Get("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.Get("/health/live")).StatusCode);

        await App.Migrate(database);
        await Eventual.Happens(async () => (await client.Get("/health/ready")).StatusCode == HttpStatusCode.OK);

        await TestPostgres.DropDatabase(database);
        NpgsqlConnection.ClearAllPools();
        await Eventual.Happens(async () =>
            (await client.Get("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable);
    }
}
