using System.Net;
using System.Reflection;
using System.Text.Json;
using CsCheck;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using ProdReady.Api.Errors;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>
/// Sends random requests to every operation of the OpenAPI document. FUZZ_SEED is the first seed, FUZZ_REQUESTS the
/// number of requests.
/// </summary>
public sealed class FuzzTests(SharedApp app)
{
    private const int MaxIds = 5;

    private static readonly uint FirstSeed = uint.Parse(Environment.GetEnvironmentVariable("FUZZ_SEED") ?? "1");

    private static readonly uint Requests = uint.Parse(Environment.GetEnvironmentVariable("FUZZ_REQUESTS") ?? "3000");

    private static readonly HashSet<string> Types = typeof(Problems)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => field.GetValue(null)).OfType<ProblemType>()
        .Select(problem => problem.Uri)
        .ToHashSet();

    private readonly List<string> ids = [];
    private readonly List<string> secrets = [];

    private string email = Scenarios.NewAddress();

    [Fact]
    public async Task No_request_causes_a_5xx_or_an_undocumented_response()
    {
        using var client = app.CreateCarelessClient();
        var document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1")
            .GetOpenApiDocumentAsync(Scenarios.Ct);
        var requests = new FuzzedRequests(document, ids, secrets).Any;
        await SignIn(client);

        for (var seed = FirstSeed; seed < FirstSeed + Requests; seed++)
        {
            var request = requests.Generate(new PCG(stream: 1, seed), null, out _);
            try
            {
                await Check(request, client);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Assert.Fail($"FUZZ_SEED={seed} FUZZ_REQUESTS=1\n{request}\n\n{exception.Message}");
            }
        }
    }

    private async Task Check(FuzzedRequest request, HttpClient client)
    {
        // The client asserts that the document lists the status and the media type.
        using var response = await client.SendAsync(request.ToMessage(), Scenarios.Ct);
        var status = (int)response.StatusCode;
        Assert.True(status < 500, $"responds {status}");

        var body = await response.Content.ReadAsByteArrayAsync(Scenarios.Ct);
        if (status >= 400)
        {
            var problem = JsonDocument.Parse(body).RootElement;
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            Assert.Contains(problem.Text("type"), Types);
        }

        var mediaType = response.Content.Headers.ContentType?.MediaType;
        if (mediaType?.EndsWith("json") == true)
        {
            var json = JsonDocument.Parse(body).RootElement;
            Assert.Empty(SchemaOf(request.Operation, status, mediaType).Mismatches(json));
            CollectIds(json);
        }

        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            await SignIn(client);
        }
    }

    private static IOpenApiSchema SchemaOf(OpenApiOperation operation, int status, string mediaType) =>
        operation.Responses![$"{status}"].Content![mediaType].Schema!;

    // Later requests with these ids reach more code.
    private void CollectIds(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        ids.AddRange(json.EnumerateObject()
            .Where(member => member is { Name: "id" or "nextCursor", Value.ValueKind: JsonValueKind.String })
            .Select(member => member.Value.GetString()!));
        ids.RemoveRange(0, Math.Max(0, ids.Count - MaxIds));
    }

    // Some requests end the session, lock the account or delete it.
    private async Task SignIn(HttpClient client)
    {
        using var device = app.CreateClient();
        var response = await device.LogIn(email);
        if (!response.IsSuccessStatusCode)
        {
            email = await app.ConfirmedUser();
            response = await device.LogIn(email);
            ids.Clear();
            ids.Add($"{Guid.NewGuid()}");
        }

        var tokens = await response.Json();
        client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Text("accessToken"));
        secrets.Clear();
        secrets.AddRange([email, Scenarios.Password, tokens.Text("refreshToken")]);
    }
}
