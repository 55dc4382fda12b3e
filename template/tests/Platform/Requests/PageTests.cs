using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using ProdReady.Application;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>What pages, cursors and the search promise to every list, on a list of all users.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private readonly App app = new() { Routes = routes => routes.MapGet("/probe", List).AllowAnonymous() };

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task Following_the_cursor_shows_everything_once_and_newest_first()
    {
        using var client = app.CreateClient();
        var emails = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            emails.Insert(0, await app.ConfirmedUser());
        }

        var seen = new List<string>();
        for (var query = "/probe"; query != "";)
        {
            var page = await (await client.Get(query)).Json();
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetString()!));
            var next = page.GetProperty("nextCursor");
            query = next.ValueKind == JsonValueKind.Null ? "" : $"/probe?cursor={next}";
        }

        Assert.Equal(emails, seen);
    }

    [Theory]
    [InlineData("EXAMPLE", 1)]
    [InlineData("%", 0)]
    [InlineData("user_", 0)]
    public async Task Search_ignores_case_and_takes_wildcards_literally(string search, int found)
    {
        using var client = app.CreateClient();
        await app.ConfirmedUser();

        var response = await client.Get($"/probe?search={Uri.EscapeDataString(search)}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(found, (await response.Json()).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("________________________________")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void A_cursor_that_was_made_by_hand_is_none(string cursor)
    {
        Assert.False(Cursor.TryParse(cursor, out _));
    }

    private static Task<Page<string>> List(IAppDbContext db, string? search, string? cursor, CancellationToken ct) =>
        db.Users
            .Where(user => user.Email!.Folded().IndexOf((search ?? "").Folded()) >= 0)
            .ToPage(limit: 2, cursor, user => user.CreatedAt, user => user.Id, user => user.Email!, ct);
}
