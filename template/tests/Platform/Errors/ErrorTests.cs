using System.Net;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Errors;

/// <summary>Errors are the same in every environment: developers see what users get.</summary>
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
    public async Task A_wrong_method_is_405_with_Allow()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/api/v1/auth/login");

        await response.ShouldBe(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/probe/broken-rule")]
    [InlineData("/health/live")]
    public async Task Allow_lists_HEAD_where_there_is_GET(string path)
    {
        using var client = app.CreateClient();

        var response = await client.Send(HttpMethod.Delete, path);

        await response.ShouldBe(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task A_wrong_content_type_is_415()
    {
        using var client = app.CreateClient();

        var response = await client.PostRaw("/api/v1/auth/login", "email=a", "application/x-www-form-urlencoded");

        await response.ShouldBe(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact]
    public async Task Without_an_access_token_it_is_401()
    {
        using var client = app.CreateClient();

        await (await client.Get("/api/v1/account")).ShouldBe(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task A_broken_business_rule_is_409_and_named_in_detail()
    {
        using var client = app.CreateClient();

        var problem = await (await client.Get("/probe/broken-rule")).ShouldBe(HttpStatusCode.Conflict, "conflict");

        Assert.Equal("Not on a Sunday.", problem.Text("detail"));
    }

    [Fact]
    public async Task An_unexpected_exception_is_500_without_its_message()
    {
        using var client = app.CreateClient();

        var response = await client.Get("/probe/crash");

        await response.ShouldBe(HttpStatusCode.InternalServerError, "internal-error");
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(Scenarios.Ct));
    }

    [Fact]
    public async Task Without_the_database_it_is_503_with_Retry_After()
    {
        using var client = app.CreateClient();

        var response = await client.LogIn("a@example.com");

        await response.ShouldBe(HttpStatusCode.ServiceUnavailable, "service-unavailable");
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Errors_have_the_security_headers_too()
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

public sealed class DevelopmentErrorTests(DevelopmentApp app)
    : ErrorTests(app), IClassFixture<DevelopmentApp>;

public sealed class StagingErrorTests(StagingApp app)
    : ErrorTests(app), IClassFixture<StagingApp>;

public sealed class ProductionErrorTests(ProductionApp app)
    : ErrorTests(app), IClassFixture<ProductionApp>;
