using System.Net;
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
