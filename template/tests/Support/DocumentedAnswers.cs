using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace ProdReady.Tests.Support;

/// <summary>Lets no answer pass that the OpenAPI document does not know, whatever the test is about.</summary>
internal sealed class DocumentedAnswers(Lazy<Task<OpenApiDocument>> document) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var response = await base.SendAsync(request, ct);
        var operation = OperationOf(request, await document.Value);
        if (operation is not null)
        {
            var answer = $"{(int)response.StatusCode} {response.Content.Headers.ContentType?.MediaType}".TrimEnd();

            Assert.True(
                AnswersOf(operation).Contains(answer),
                $"{request.Method} {request.RequestUri!.AbsolutePath} answers {answer}, which is not documented.");
        }

        return response;
    }

    private static OpenApiOperation? OperationOf(HttpRequestMessage request, OpenApiDocument document)
    {
        var path = request.RequestUri!.AbsolutePath.TrimEnd('/');
        var template = document.Paths.Keys
            .Where(template => template.StartsWith("/api/"))
            .OrderBy(template => template.Count(character => character == '{'))
            .FirstOrDefault(template => Regex.IsMatch(path, $"^{Regex.Replace(template, "{[^}]+}", "[^/]+")}$"));

        return template is null ? null : document.Paths[template].Operations!.GetValueOrDefault(request.Method);
    }

    private static IEnumerable<string> AnswersOf(OpenApiOperation operation) =>
        operation.Responses!.SelectMany(answer => answer.Value.Content is { Count: > 0 } content
            ? content.Keys.Select(type => $"{answer.Key} {type}")
            : [answer.Key]);
}
