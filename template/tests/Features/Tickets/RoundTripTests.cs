using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

/// <summary>
/// How often a request waits for the database. Each round trip costs as long as the network between the two takes, and
/// holds a connection for it.
/// </summary>
public sealed class RoundTripTests
{
    private const string Path = "/api/v1/tickets";

    [PostgresFact]
    public async Task Each_route_makes_as_few_round_trips_as_it_can()
    {
        TcpProxy? proxy = null;
        await using var app = await new App
        {
            Reach = database => (proxy = TcpProxy.To(database)).ConnectionString,
        }.Started();
        await using var _ = proxy!;
        using var client = await app.SignedInClient();
        var id = (await (await client.Post(Path, NewTicket())).Json()).Text("id");
        var stored = Key();
        await client.PostOnce(Path, stored, NewTicket());

        // The page, and its search within a transaction that has a time limit: begin with the limit, query, commit.
        await Makes(1, () => client.Get(Path));
        await Makes(3, () => client.Get($"{Path}?search=printer"));
        await Makes(1, () => client.Get($"{Path}/{id}"));
        // Read, and update with the version.
        await Makes(2, () => client.Send(HttpMethod.Put, $"{Path}/{id}", NewTicket(), ifMatch: "*"));
        await Makes(1, () => client.Post(Path, NewTicket()));
        // Begin with the lock of the key, look for its answer, insert the ticket, insert the answer, commit. Each of
        // the inserts is between a savepoint and its release.
        await Makes(9, () => client.PostOnce(Path, Key(), NewTicket()));
        // Begin with the lock, look for the answer, commit.
        await Makes(3, () => client.PostOnce(Path, stored, NewTicket()));
        await Makes(0, () => client.Get("/health/live"));

        // The least of several: the first call opens a connection, each session is looked up every four seconds, and
        // jobs use the database too.
        async Task Makes(int expected, Func<Task<HttpResponseMessage>> call)
        {
            var least = int.MaxValue;
            for (var i = 0; i < 10 && least > expected; i++)
            {
                var before = proxy!.RoundTrips;
                var response = await call();
                Assert.True(response.IsSuccessStatusCode, $"{response}");
                least = Math.Min(least, proxy.RoundTrips - before);
            }

            Assert.Equal(expected, least);
        }
    }

    private static object NewTicket() =>
        new { title = "Printer is on fire", description = "Second floor.", priority = "high" };

    private static string Key() => $"{Guid.NewGuid()}";
}
