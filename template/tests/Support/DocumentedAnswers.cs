using System.Text.RegularExpressions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace ProdReady.Tests.Support;

/// <summary>
/// Fails every test that gets an answer that is not in the OpenAPI document, or in which a time has another form than
/// the others.
/// </summary>
internal sealed partial class DocumentedAnswers(App app) : DelegatingHandler
{
    // No setting changes the documented answers, so all apps of a run share one document: generating it costs 0.1 s of
    // CPU, and a run starts about 200 apps.
    private static readonly Lock Once = new();
    private static Task<List<Operation>>? documented;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var response = await base.SendAsync(request, ct);
        var path = request.RequestUri!.AbsolutePath.TrimEnd('/');
        var operations = await Operations();
        // Of several matching paths the one with the fewest parameters is the route that answered.
        var operation = operations.FirstOrDefault(operation => operation.Path.IsMatch(path)) is { } route
            ? operations.Find(operation => operation.Path == route.Path && operation.Method == request.Method)
            : null;
        if (operation is not null)
        {
            var answer = $"{(int)response.StatusCode} {response.Content.Headers.ContentType?.MediaType}".TrimEnd();

            Assert.True(
                operation.Answers.Contains(answer),
                $"{request.Method} {request.RequestUri!.AbsolutePath} answers {answer}, which is not documented.");
        }

        if (response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            Assert.DoesNotMatch(OddTime(), await response.Content.ReadAsStringAsync(ct));
        }

        return response;
    }

    private Task<List<Operation>> Operations()
    {
        lock (Once)
        {
            return documented ??= Task.Run(Read);
        }
    }

    private async Task<List<Operation>> Read()
    {
        var provider = app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1");
        var document = await provider.GetOpenApiDocumentAsync();

        return
        [
            .. from path in document.Paths
               where path.Key.StartsWith("/api/")
               orderby path.Key.Count(character => character == '{')
               let pattern = new Regex($"^{Regex.Replace(path.Key, "{[^}]+}", "[^/]+")}$")
               from operation in path.Value.Operations!
               select new Operation(pattern, operation.Key, [.. AnswersOf(operation.Value)]),
        ];
    }

    private static IEnumerable<string> AnswersOf(OpenApiOperation operation) =>
        operation.Responses!.SelectMany(answer => answer.Value.Content is { Count: > 0 } content
            ? content.Keys.Select(type => $"{answer.Key} {type}")
            : [answer.Key]);

    // The document as well, with its examples. Only 2026-03-14T09:26:53.589793Z is right.
    [GeneratedRegex(@"""\d{4}-\d\d-\d\dT(?!\d\d:\d\d:\d\d\.\d{6}Z"")\d\d:")]
    private static partial Regex OddTime();

    private sealed record Operation(Regex Path, HttpMethod Method, HashSet<string> Answers);
}
