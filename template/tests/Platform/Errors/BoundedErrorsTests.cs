using System.Net;
using System.Text.Json;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Errors;

/// <summary>A response that names errors is not longer than the request, whatever is wrong with it.</summary>
[Collection(typeof(OrdersCollection))]
public sealed class BoundedErrorsTests(AppWithOrders app)
{
    private const string More = " There are more than these 100 errors.";

    // Less than the limit of a body.
    private const int Length = 240_000;

    [Theory]
    [InlineData("tags", "\"\"")]
    [InlineData("tags", "null")]
    [InlineData("lines", "{}")]
    public async Task A_list_of_wrong_items_gets_the_first_hundred_errors(string member, string item)
    {
        var items = string.Join(',', Enumerable.Repeat(item, Length / (item.Length + 1)));
        using var client = app.CreateClient();

        var response = await client.PostRaw(AppWithOrders.Path, $$"""{"{{member}}":[{{items}}]}""");

        var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");
        Assert.EndsWith(More, problem.Text("detail"));
        Assert.Equal(100, ErrorsIn(problem));
        Assert.InRange(response.Content.Headers.ContentLength ?? problem.ToString().Length, 1, 10_000);
    }

    [Fact]
    public async Task Fewer_errors_are_all_of_them()
    {
        using var client = app.CreateClient();

        var response = await client.Post(AppWithOrders.Path, new { tags = Enumerable.Repeat("", 90) });

        var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");
        Assert.DoesNotContain("more", problem.Text("detail"));
        Assert.Equal(93, ErrorsIn(problem)); // and codes, address and phone
    }

    [Fact]
    public async Task A_long_name_is_cut()
    {
        using var client = app.CreateClient();
        var name = $"{new string('n', 199)}😀{new string('n', 200_000)}";

        var response = await client.PostRaw(AppWithOrders.Path, $$"""{"{{name}}":1}""");

        await response.ShouldNameUnreadable($"{new string('n', 199)}…");
    }

    [Fact]
    public async Task So_are_many_and_long_parameters()
    {
        using var client = app.CreateClient();
        var many = string.Join('&', Enumerable.Range(0, 400).Select(i => $"p{i}=1&p{i}=2"));
        var longest = new string('n', 3_000);

        var problem = await (await client.Get($"{AppWithOrders.Path}?{many}"))
            .ShouldBe(HttpStatusCode.BadRequest, "validation-failed");

        Assert.EndsWith(More, problem.Text("detail"));
        Assert.Equal(100, ErrorsIn(problem));
        await (await client.Get($"{AppWithOrders.Path}?{longest}=1&{longest}=2"))
            .ShouldNameInvalid($"{new string('n', 200)}…");
    }

    private static int ErrorsIn(JsonElement problem) =>
        problem.GetProperty("errors").EnumerateObject().Sum(member => member.Value.GetArrayLength());
}
