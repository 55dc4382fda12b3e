using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Errors;

/// <summary>Errors look the same in every environment. What a developer sees is what users get.</summary>
public abstract class ErrorTests(AppInEnvironment environment)
{
    private readonly App app = environment.App;

    [Fact]
    public async Task An_unknown_address_is_404()
    {
        using var client = app.CreateClient();

        await (await client.Get("/api/v1/nothing-here")).ShouldBe(HttpStatusCode.NotFound, "not-found");
        await (await client.Get("/nothing-here")).ShouldBe(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task A_wrong_method_is_405_and_says_which_is_right()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/api/v1/auth/login");

        await response.ShouldBe(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_wrong_content_type_is_415()
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw("/api/v1/auth/login", "email=a", "application/x-www-form-urlencoded");

        await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_gets_401()
    {
        using var client = app.CreateClient();

        await (await client.Get("/api/v1/account")).ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

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
    public async Task A_body_that_cannot_be_read_is_the_same_400(string body)
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
    public async Task A_member_that_is_unknown_or_there_twice_is_named(string body, string member)
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw("/api/v1/auth/login", body);

        await response.ShouldNameUnreadable(member);
    }

    [Fact]
    public async Task All_members_that_are_wrong_are_named_at_once()
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
    public async Task Bytes_that_are_no_json_are_refused(byte[] bytes)
    {
        using var client = app.CreateClient();
        var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = new("application/json");

        var response = await client.PostAsync("/api/v1/auth/login", body, Stories.Ct);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_broken_rule_is_409_and_says_which()
    {
        using var client = app.CreateClient();

        var problem = await (await client.Get("/probe/broken-rule")).ShouldBe(HttpStatusCode.Conflict, "conflict");

        Assert.Equal("Not on a Sunday.", problem.Text("detail"));
    }

    [Fact]
    public async Task What_nobody_expected_is_500_and_keeps_its_secrets()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/probe/crash");

        await response.ShouldBe(HttpStatusCode.InternalServerError, "internal-error");
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(Stories.Ct));
    }

    [Fact]
    public async Task What_needs_the_database_while_that_is_away_is_503_and_says_when_to_try_again()
    {
        using var client = app.CreateClient();

        var response = await client.LogIn("a@example.com");

        await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Errors_carry_the_security_headers_too()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/probe/crash");

        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal(
            "default-src 'none'; frame-ancestors 'none'",
            response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.False(response.Headers.Contains("Server"));
    }
}

public sealed class DevelopmentErrorTests(DevelopmentErrorTests.Fixture app)
    : ErrorTests(app), IClassFixture<DevelopmentErrorTests.Fixture>
{
    public sealed class Fixture() : AppInEnvironment("Development");
}

public sealed class StagingErrorTests(StagingErrorTests.Fixture app)
    : ErrorTests(app), IClassFixture<StagingErrorTests.Fixture>
{
    public sealed class Fixture() : AppInEnvironment("Staging");
}

public sealed class ProductionErrorTests(ProductionErrorTests.Fixture app)
    : ErrorTests(app), IClassFixture<ProductionErrorTests.Fixture>
{
    public sealed class Fixture() : AppInEnvironment("Production");
}

public abstract class AppInEnvironment(string environment) : IAsyncLifetime
{
    public App App { get; } = Apps.WithoutDatabase(environment, ErrorProbes.Map);

    public ValueTask InitializeAsync() => App.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

internal static class ErrorProbes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapGet("/broken-rule", string () => throw new DomainException("Not on a Sunday."));
        probe.MapGet("/crash", string () => throw new InvalidOperationException("secret"));
        probe.MapGet("/endless", (CancellationToken ct) => Task.Delay(Timeout.Infinite, ct))
            .WithRequestTimeout(TimeSpan.FromSeconds(1));
    }
}
