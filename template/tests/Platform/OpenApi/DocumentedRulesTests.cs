using System.Net;
using System.Text.Json;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.OpenApi;

/// <summary>The document says what the validators do, and nothing that does not hold for every request.</summary>
[Collection(typeof(OrdersCollection))]
public sealed class DocumentedRulesTests(AppWithOrders app)
{
    private const string Note = "More rules apply in some cases; the response 400 names them.";

    [Fact]
    public async Task A_rule_for_the_items_of_a_list_is_not_one_of_the_list()
    {
        var tags = await Member("tags");

        Assert.Equal("""{"maxLength":20,"minLength":1,"type":"string"}""", Sorted(tags.GetProperty("items")));
        Assert.Equal("""{"maxItems":5000,"type":["null","array"]}""", Sorted(tags, "items"));
        using var client = app.CreateClient();
        Assert.Equal(HttpStatusCode.OK, (await Place(client)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Place(client, tags: [])).StatusCode);
        await (await Place(client, tags: ["a", "", new string('b', 21)])).ShouldNameInvalid("tags[1]", "tags[2]");
    }

    [Fact]
    public async Task A_list_has_the_number_of_items_that_its_rule_allows()
    {
        string[] other = ["items", "description"];

        Assert.Equal("""{"maxItems":50,"minItems":1,"type":["null","array"]}""", Sorted(await Member("lines"), other));
        Assert.Equal("""{"maxItems":7,"type":["null","array"]}""", Sorted(await Member("friends"), other));
        Assert.Equal("""{"maxItems":3,"minItems":1,"type":"array"}""", Sorted(await Member("codes"), other));
        using var client = app.CreateClient();
        var (none, many) = (await Place(client, codes: []), await Place(client, codes: ["a", "b", "c", "d"]));

        await none.ShouldNameInvalid("codes");
        Assert.Equal("""{"codes":["Must have at most 3 items."]}""", await ErrorsOf(many));
    }

    [Fact]
    public async Task Only_what_every_request_needs_is_required()
    {
        var required = (await Schemas()).GetProperty("OrderRequest").GetProperty("required").EnumerateArray();

        Assert.Equal(["address", "codes"], required.Select(name => $"{name}").Order());
    }

    [Theory]
    [InlineData("reason")] // .When
    [InlineData("voucher")] // When
    [InlineData("phone")] // Otherwise
    public async Task A_conditional_rule_is_a_note_in_the_description(string member)
    {
        var schema = await Member(member);

        Assert.Equal(Note, schema.Text("description"));
        Assert.Equal("""{"type":["null","string"]}""", Sorted(schema, without: "description"));
    }

    [Fact]
    public async Task A_conditional_rule_for_items_is_a_note_on_the_list()
    {
        var codes = await Member("codes");

        Assert.Equal(Note, codes.Text("description"));
        Assert.Equal("""{"type":"string"}""", Sorted(codes.GetProperty("items")));
    }

    [Fact]
    public async Task A_dependent_rule_is_documented_and_one_of_another_rule_set_is_not()
    {
        Assert.Equal("""{"maxLength":60,"minLength":2,"type":["null","string"]}""", Sorted(await Member("comment")));
        Assert.Equal("""{"type":["null","string"]}""", Sorted(await Member("draft")));
    }

    [Fact]
    public async Task Rules_of_nested_validators_are_documented_where_they_hold()
    {
        var schemas = await Schemas();
        var (line, address) = (Members(schemas, "OrderLine"), Members(schemas, "OrderAddress"));

        Assert.Equal("""{"maxLength":10,"minLength":1,"type":"string"}""", Sorted(line.GetProperty("product")));
        Assert.Equal("""{"format":"date-time","type":"string"}""", Sorted(line.GetProperty("due")));
        Assert.Contains("due", schemas.GetProperty("OrderLine").GetProperty("required").ToString());
        Assert.Equal("""{"maxLength":50,"minLength":1,"type":"string"}""", Sorted(address.GetProperty("city")));
        Assert.Equal(Note, address.GetProperty("street").Text("description"));
    }

    [Fact]
    public async Task A_parameter_has_the_same_rules_and_notes()
    {
        var parameters = (await Operation("/probe/orders", "get")).GetProperty("parameters").EnumerateArray()
            .ToDictionary(parameter => parameter.Text("name"));

        Assert.True(parameters["status"].GetProperty("required").GetBoolean());
        Assert.Equal(
            """{"enum":["open","closed"],"minLength":1,"type":"string"}""",
            Sorted(parameters["status"].GetProperty("schema")));
        Assert.False(parameters["kind"].TryGetProperty("required", out _));
        Assert.Equal(Note, parameters["kind"].Text("description"));
        Assert.Equal("""{"type":"string"}""", Sorted(parameters["kind"].GetProperty("schema")));
    }

    [Fact]
    public async Task A_list_in_an_answer_has_the_schema_of_its_items()
    {
        var list = await Operation("/probe/orders", "get");
        var page = Members(await Schemas(), "PageOfOrderResponse");
        var order = (await Schemas()).GetProperty("OrderResponse");

        Assert.Equal(
            """{"items":{"$ref":"#/components/schemas/OrderResponse"},"type":"array"}""",
            Sorted(list.GetProperty("responses").GetProperty("200").GetProperty("content")
                .GetProperty("application/json").GetProperty("schema")));
        Assert.Equal(
            """{"items":{"$ref":"#/components/schemas/OrderResponse"},"type":"array"}""",
            Sorted(page.GetProperty("items"), "description", "examples"));
        Assert.Equal("""["title","note","tags","due"]""", JsonSerializer.Serialize(order.GetProperty("required")));
        Assert.Equal("""{"type":["null","string"]}""", Sorted(Members(order).GetProperty("note")));
        Assert.Equal("""{"items":{"type":"string"},"type":"array"}""", Sorted(Members(order).GetProperty("tags")));
    }

    private static Task<HttpResponseMessage> Place(HttpClient client, string[]? tags = null, string[]? codes = null) =>
        client.Post(AppWithOrders.Path, new
        {
            tags,
            codes = codes ?? ["a"],
            phone = "1",
            address = new { city = "Linz", street = "" },
        });

    private static async Task<string> ErrorsOf(HttpResponseMessage response) => JsonSerializer.Serialize(
        (await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed")).GetProperty("errors"));

    private static JsonElement Members(JsonElement schemas, string name) => Members(schemas.GetProperty(name));

    private static JsonElement Members(JsonElement schema) => schema.GetProperty("properties");

    private static string Sorted(JsonElement schema, params string[] without) => JsonSerializer.Serialize(
        schema.EnumerateObject().Where(member => !without.Contains(member.Name))
            .OrderBy(member => member.Name, StringComparer.Ordinal)
            .ToDictionary(member => member.Name, member => member.Value),
        JsonSerializerOptions.Web);

    private async Task<JsonElement> Member(string name) => Members(await Schemas(), "OrderRequest").GetProperty(name);

    private async Task<JsonElement> Operation(string path, string method) =>
        (await Document()).GetProperty("paths").GetProperty(path).GetProperty(method);

    private async Task<JsonElement> Schemas() => (await Document()).GetProperty("components").GetProperty("schemas");

    private async Task<JsonElement> Document()
    {
        using var client = app.CreateClient();

        return await (await client.Get("/openapi/v1.json")).Json();
    }
}
