using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Errors;

/// <summary>In every environment, because the framework reports binding failures differently in Development.</summary>
public abstract class MalformedJsonTests(AppInEnvironment environment)
{
    private readonly App app = environment.App;

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{\"email\":\"a@example.com\",}")]
    [InlineData("{\"email\":\"a@example.com\"}{}")]
    [InlineData("{\"email\":'a@example.com'}")]
    [InlineData("{email:\"a@example.com\"}")]
    [InlineData("{/* a comment */}")]
    public async Task Invalid_json_is_400(string body)
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw("/api/v1/auth/login", body);

        await response.ShouldBe(HttpStatusCode.BadRequest, "malformed-request");
    }

    [Theory]
    [InlineData("{\"email\":1}", "email")]
    [InlineData("{\"email\":true}", "email")]
    [InlineData("{\"email\":[\"a@example.com\"]}", "email")]
    [InlineData("{\"email\":{\"email\":\"a@example.com\"}}", "email")]
    [InlineData("{\"email\":\"a\\ud800\"}", "email")]
    [InlineData("{\"email\":\"\\udc00a\"}", "email")]
    public async Task A_member_of_the_wrong_type_is_named(string body, string member)
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw("/api/v1/auth/login", body);

        await response.ShouldNameInvalid(member);
    }

    [Theory]
    [InlineData("{\"email\":\"a@example.com\",\"email\":\"b@example.com\"}", "email")]
    [InlineData("{\"email\":\"a@example.com\",\"email\":null}", "email")]
    [InlineData("{\"email\":\"a@example.com\",\"\\u0065mail\":\"b@example.com\"}", "email")]
    [InlineData("{\"email\":\"a@example.com\",\"EMAIL\":\"b@example.com\"}", "EMAIL")]
    [InlineData("{\"Email\":\"a@example.com\"}", "Email")]
    [InlineData("{\"email\":\"a@example.com\",\"isAdmin\":true}", "isAdmin")]
    [InlineData("{\"$type\":\"User\"}", "$type")]
    public async Task A_member_that_is_unknown_or_repeated_is_named(string body, string member)
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw("/api/v1/auth/login", body);

        await response.ShouldNameUnreadable(member);
    }

    [Fact]
    public async Task All_invalid_members_are_named_at_once()
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw("/api/v1/auth/reset-password", "{\"email\":\"a\",\"newPassword\":\"b\"}");

        await response.ShouldNameInvalid("email", "token", "newPassword");
    }

    [Theory]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}' })] // a byte order mark
    [InlineData(new byte[] { (byte)'{', 0, (byte)'}', 0 })] // UTF-16
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' })] // a surrogate in UTF-8
    [InlineData(new byte[] { (byte)'"', 0xC0, 0xAF, (byte)'"' })] // overlong
    [InlineData(new byte[] { 0xFF, 0xFE })]
    public async Task Bytes_that_are_not_json_are_400(byte[] bytes)
    {
        using var client = app.CreateClient();
        var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = new("application/json");

        var response = await client.PostAsync("/api/v1/auth/login", body, Scenarios.Ct);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }
}

public sealed class DevelopmentMalformedJsonTests(DevelopmentApp app)
    : MalformedJsonTests(app), IClassFixture<DevelopmentApp>;

public sealed class StagingMalformedJsonTests(StagingApp app)
    : MalformedJsonTests(app), IClassFixture<StagingApp>;

public sealed class ProductionMalformedJsonTests(ProductionApp app)
    : MalformedJsonTests(app), IClassFixture<ProductionApp>;
