using System.Net;
using System.Text.Json;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>
/// Times have one form, in answers and in examples. <see cref="DocumentedAnswers"/> checks it in all tests.
/// </summary>
[Collection(typeof(OrdersCollection))]
public sealed class TimeTests(AppWithOrders app)
{
    private const string Form = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$";

    [Theory]
    [InlineData("2026-03-14T09:26:53Z", "2026-03-14T09:26:53.000000Z")]
    [InlineData("2026-03-14T09:26:53.25Z", "2026-03-14T09:26:53.250000Z")]
    [InlineData("2026-03-14T09:26:53.5897939Z", "2026-03-14T09:26:53.589793Z")]
    [InlineData("2026-03-14T09:26:53+00:00", "2026-03-14T09:26:53.000000Z")]
    [InlineData("2026-03-14T00:26:53+02:00", "2026-03-13T22:26:53.000000Z")]
    public async Task A_time_with_an_offset_is_taken_and_answered_in_UTC(string sent, string answered)
    {
        var response = await PlaceOrder(sent);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(answered, (await response.Json()).Text("due"));
    }

    [Theory]
    [InlineData("2026-03-14")]
    [InlineData("2026-03-14T09:26:53")]
    [InlineData("2026-03-14 09:26:53Z")]
    [InlineData("2026-02-30T09:26:53Z")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("Z")]
    public async Task Another_form_is_400(string sent) => await (await PlaceOrder(sent)).ShouldNameInvalid("due");

    [Fact]
    public async Task The_answers_of_the_app_have_it()
    {
        using var client = await app.SignedInClient();

        var account = await (await client.Get("/api/v1/account")).Json();
        var sessions = await (await client.Get("/api/v1/account/sessions")).Json();

        Assert.Matches(Form, account.Text("createdAt"));
        Assert.Matches(Form, sessions[0].Text("createdAt"));
        Assert.Matches(Form, sessions[0].Text("lastUsedAt"));
    }

    [Fact]
    public async Task The_document_has_it()
    {
        using var client = app.CreateClient();

        var schemas = (await (await client.Get("/openapi/v1.json")).Json()).GetProperty("components")
            .GetProperty("schemas").EnumerateObject().ToDictionary(schema => schema.Name, schema => schema.Value);

        var due = schemas["OrderRequest"].GetProperty("properties").GetProperty("due");
        Assert.Equal("""{"type":["null","string"],"format":"date-time"}""", JsonSerializer.Serialize(due));
        var times = schemas.Values.Where(schema => schema.TryGetProperty("properties", out _))
            .SelectMany(schema => schema.GetProperty("properties").EnumerateObject())
            .Where(member => member.Value.TryGetProperty("format", out var format) && $"{format}" == "date-time");
        Assert.All(times, time => Assert.Contains("string", time.Value.GetProperty("type").ToString()));
        var examples = times.Where(time => time.Value.TryGetProperty("examples", out _))
            .Select(time => time.Value.GetProperty("examples")[0])
            .Where(example => example.ValueKind != JsonValueKind.Null);
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Matches(Form, example.GetString()));
    }

    private async Task<HttpResponseMessage> PlaceOrder(string due)
    {
        using var client = app.CreateClient();

        return await client.Post(AppWithOrders.Path, new
        {
            due,
            codes = new[] { "a" },
            phone = "1",
            address = new { city = "Linz", street = "" },
        });
    }
}
