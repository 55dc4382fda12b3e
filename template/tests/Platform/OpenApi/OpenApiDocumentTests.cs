using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.OpenApi;

/// <summary>Making the document costs CPU, and unauthenticated clients may request it: it is made once.</summary>
public sealed class OpenApiDocumentTests : IAsyncLifetime
{
    private readonly App app;
    private int made;

    public OpenApiDocumentTests() => app = new App
    {
        Replace = services => services.Configure<OpenApiOptions>("v1", options =>
            options.AddDocumentTransformer((_, _, _) =>
            {
                Interlocked.Increment(ref made);

                return Task.CompletedTask;
            })),
    };

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("true", "https://shop.example/app")]
    [InlineData("false", "/")]
    public async Task The_server_is_the_public_URL_unless_a_front_end_has_that(string servesPages, string server)
    {
        await using var own = await new App
        {
            ["App:PublicUrl"] = "https://shop.example/app",
            ["App:ServePages"] = servesPages,
        }.Started();
        using var client = own.CreateClient();

        var document = JsonElement.Parse(await client.GetStringAsync("/openapi/v1.json", Scenarios.Ct));

        Assert.Equal(server, document.GetProperty("servers")[0].Text("url"));
    }

    [Fact]
    public async Task Fifty_parallel_first_requests_make_it_once()
    {
        using var client = Client();

        var documents = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
            await client.GetStringAsync("/openapi/v1.json", Scenarios.Ct)));

        Assert.Equal(1, made);
        Assert.Contains("\"openapi\": \"3.1", Assert.Single(documents.Distinct()));
    }

    [Fact]
    public async Task A_client_with_a_current_copy_gets_304()
    {
        using var client = Client();
        var first = await client.Get("/openapi/v1.json");
        client.DefaultRequestHeaders.IfNoneMatch.Add(first.Headers.ETag!);

        var second = await client.Get("/openapi/v1.json");

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal(1, made);
    }

    // Not CreateClient(), whose handler makes the document to compare it with the answers.
    private HttpClient Client() => app.CreateDefaultClient();
}
