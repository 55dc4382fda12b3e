using System.Text;
using Microsoft.EntityFrameworkCore;
using ProdReady.Api.RateLimiting;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features.Tickets;

/// <summary>docs/limits.md says how much a user can store in a day.</summary>
public sealed class GrowthTests(SharedApp app)
{
    private const int Count = 10;

    // Free space in pages, and indexes: measured with 20,000 rows, a sixth of the columns.
    private const double Overhead = 1.17;

    // Of one, two, three and four bytes. JSON writers escape some of them: to six, or twelve.
    private static readonly string[] Alphabets =
    [
        Runes(' ', '~'), Runes('À', 'ÿ'), Runes('一', '鿿'), Runes(0x1F300, 0x1F6FF),
        Runes(0x80, 0x9F), Runes(0xE000, 0xF8FF), Runes('A', 'Z') + new string('\u007F', 26), Runes(0x20000, 0x2A6D0),
        // The worst: a third is escaped, so that a row is just below the 2 KB from which PostgreSQL compresses it.
        Runes(0xE000, 0xF8FF) + string.Concat(Enumerable.Repeat(Runes(' ', '~'), 140)),
    ];

    [PostgresFact]
    public async Task Tickets_and_kept_responses_of_a_day_take_less_than_500_MB()
    {
        var limit = new WritesLimitOptions();
        // Two KiB each, because of its key.
        var ticketsOfADay = limit.PermitLimit / 2 * (TimeSpan.FromDays(1) / limit.Window);

        foreach (var alphabet in Alphabets)
        {
            using var client = await app.SignedInClient();
            for (var i = 0; i < Count; i++)
            {
                await OpenLargest(client, alphabet);
            }

            var bytesOfATicket = await SizeOfRows(client) / Count * Overhead;

            Assert.InRange(bytesOfATicket * ticketsOfADay, 1, 500_000_000);
        }
    }

    // With a key, and a body of one KiB, the largest that counts as one.
    private static async Task OpenLargest(HttpClient client, string alphabet)
    {
        // At random: PostgreSQL compresses what repeats.
        var letters = alphabet.EnumerateRunes().ToArray();
        var text = new StringBuilder();
        for (var rest = 1024 - 30; rest >= 4;)
        {
            var letter = letters[Random.Shared.Next(letters.Length)];
            text.Append(letter);
            rest -= letter.Utf8SequenceLength;
        }

        var body = $$"""{"title":"x","description":"{{text}}"}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, TicketScenarios.Tickets)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");

        var opened = await client.SendAsync(request, Scenarios.Ct);

        opened.EnsureSuccessStatusCode();
        Assert.InRange(Encoding.UTF8.GetByteCount(body), 1000, 1024);
    }

    // Without those that JSON itself has to escape.
    private static string Runes(int first, int last) =>
        string.Concat(Enumerable.Range(first, last - first + 1).Except(['"', '\\']).Select(char.ConvertFromUtf32));

    private async Task<long> SizeOfRows(HttpClient client)
    {
        var id = Guid.Parse((await (await client.GetAccount()).Json()).Text("id"));
        var sizes = await app.Query(db => db.Database.SqlQuery<long>(
            $"""
            SELECT sum(pg_column_size(row.*)) AS "Value" FROM tickets AS row WHERE owner_id = {id}
            UNION ALL
            SELECT sum(pg_column_size(row.*)) FROM idempotency_keys AS row WHERE user_id = {id}
            """).ToListAsync(Scenarios.Ct));

        return sizes.Sum();
    }
}
