using System.Net;
using System.Text.Json;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Errors;

/// <summary>Each message is true of the member under whose name it stands.</summary>
[Collection(typeof(OrdersCollection))]
public sealed class MessageTests(AppWithOrders app)
{
    private const string Empty = "Must not be empty.";
    private const string Missing = "Must not be missing or null.";
    private const string Short = "The length must be at least 2 characters. You entered 1 characters.";
    private const string WrongType = "Has the wrong type or an undefined value.";

    [Theory]
    [InlineData("{}", "address", Missing)]
    [InlineData("""{"address":null}""", "address", Missing)]
    [InlineData("""{"address":""}""", "address", WrongType)]
    [InlineData("""{"address":[]}""", "address", WrongType)]
    [InlineData("""{"codes":null}""", "codes", Empty)]
    [InlineData("""{"codes":[]}""", "codes", Empty)]
    [InlineData("""{"codes":""}""", "codes", WrongType)]
    [InlineData("""{"tags":["a",""]}""", "tags[1]", Empty)]
    [InlineData("""{"lines":[]}""", "lines", "Must have 1 to 50 items.")]
    [InlineData("""{"lines":[{"product":"","count":1}]}""", "lines[0].product", Empty)]
    [InlineData("""{"comment":"a"}""", "comment", Short)]
    [InlineData("""{"due":""}""", "due", WrongType)]
    [InlineData("""{"due":"2026-03-14"}""", "due", WrongType)]
    [InlineData("""{"due":"2026-03-14T09:26:53"}""", "due", WrongType)] // in the time zone of the server?
    public async Task It_names_what_is_wrong(string body, string member, string message)
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw(AppWithOrders.Path, body);

        var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");
        Assert.Equal(message, problem.GetProperty("errors").GetProperty(member)[0].GetString());
    }

    [Theory]
    [InlineData("tags")]
    [InlineData("reason")]
    [InlineData("billing")]
    [InlineData("due")]
    public async Task What_is_optional_may_be_null(string member)
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw(AppWithOrders.Path, $$"""{"{{member}}":null}""");

        var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");
        Assert.False(problem.GetProperty("errors").TryGetProperty(member, out _));
    }

    [Fact]
    public async Task An_example_of_the_document_says_nothing_that_is_not_true_of_its_member()
    {
        using var client = app.CreateClient();
        var document = await (await client.Get("/openapi/v1.json")).Json();

        var messages = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject())
            .Select(operation => operation.Value.GetProperty("responses"))
            .Where(responses => responses.TryGetProperty("400", out _))
            .SelectMany(responses => MessagesIn(responses.GetProperty("400")));

        Assert.Equal([WrongType, "Must appear only once."], messages.Distinct().Order());
    }

    private static IEnumerable<string> MessagesIn(JsonElement response) => response.GetProperty("content")
        .GetProperty("application/problem+json").GetProperty("examples").EnumerateObject()
        .Select(example => example.Value.GetProperty("value"))
        .Where(problem => problem.TryGetProperty("errors", out _))
        .SelectMany(problem => problem.GetProperty("errors").EnumerateObject())
        .Select(error => error.Value[0].GetString()!);
}
