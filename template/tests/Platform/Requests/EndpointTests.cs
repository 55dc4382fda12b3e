using System.Collections;
using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>Rules for every endpoint, also for those that are added later.</summary>
public sealed partial class EndpointTests(SharedApp app)
{
    // Before you add a line, think about what an attacker could do with the endpoint.
    private static readonly string[] Anonymous =
    [
        //#if (Sample)
        "GET /", // the demo
        "GET /demo/client.js",
        "GET /demo/demo.css",
        "GET /demo/demo.js",
        "GET /demo/files.js",
        "GET /demo/mail",
        "GET /demo/messages.js",
        "GET /demo/network.js",
        "HEAD /", // the demo
        "HEAD /demo/client.js",
        "HEAD /demo/demo.css",
        "HEAD /demo/demo.js",
        "HEAD /demo/files.js",
        "HEAD /demo/messages.js",
        "HEAD /demo/network.js",

        //#endif
        "GET /confirm-email",
        "GET /confirm-email-change",
        "GET /docs/{documentName?}",
        "GET /docs/favicon.svg",
        "GET /docs/scalar.aspnetcore.js",
        "GET /docs/scalar.js",
        "GET /health/live",
        "GET /health/ready",
        "GET /openapi/v1.json",
        "GET /pages/fields.js",
        "GET /pages/page.css",
        "GET /pages/page.js",
        "GET /reset-password",
        "HEAD /confirm-email",
        "HEAD /confirm-email-change",
        "HEAD /health/live",
        "HEAD /health/ready",
        "HEAD /openapi/v1.json",
        "HEAD /pages/fields.js",
        "HEAD /pages/page.css",
        "HEAD /pages/page.js",
        "HEAD /reset-password",
        "POST /api/v1/account/confirm-email-change",
        "POST /api/v1/auth/confirm-email",
        "POST /api/v1/auth/forgot-password",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/resend-confirmation",
        "POST /api/v1/auth/reset-password",
    ];

    [Fact]
    public void Only_the_listed_endpoints_are_anonymous()
    {
        var anonymous = Endpoints().Where(IsAnonymous).SelectMany(Calls).Order(StringComparer.Ordinal);

        Assert.Equal(Anonymous.Order(StringComparer.Ordinal), anonymous);
    }

    [Fact]
    public async Task All_others_answer_401_without_an_access_token()
    {
        using var client = app.CreateClient();

        foreach (var endpoint in Endpoints().Where(endpoint => !IsAnonymous(endpoint)))
        {
            foreach (var call in Calls(endpoint))
            {
                using var request = new HttpRequestMessage(MethodOf(call), PathOf(call));
                request.Content = AnyBody(endpoint);
                var response = await client.SendAsync(request, Scenarios.Ct);

                Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{call}: {response.StatusCode}");
            }
        }
    }

    [Fact]
    public void Every_input_has_a_validator()
    {
        foreach (var endpoint in Endpoints())
        {
            foreach (var input in InputsOf(endpoint))
            {
                var validator = app.Services.GetService(typeof(IValidator<>).MakeGenericType(input));

                Assert.True(validator is not null, $"{endpoint.DisplayName} has no validator for {input.Name}");
            }
        }
    }

    [Fact]
    public async Task No_text_may_contain_NUL_which_PostgreSQL_cannot_store()
    {
        using var client = await app.SignedInClient();

        foreach (var endpoint in Endpoints().Where(endpoint => BodyOf(endpoint) is not null))
        {
            foreach (var property in BodyOf(endpoint)!.GetProperties().Where(p => p.PropertyType == typeof(string)))
            {
                var call = Calls(endpoint).Single();
                var member = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
                var body = new Dictionary<string, string> { [member] = "a\0b" };

                var response = await client.Send(MethodOf(call), PathOf(call), body);

                var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");
                Assert.True(
                    problem.GetProperty("errors").TryGetProperty(member, out _), $"{call} accepts NUL in {member}");
            }
        }
    }

    [Fact]
    public async Task Every_text_and_every_list_has_a_maximum_length()
    {
        using var client = await app.SignedInClient();

        foreach (var endpoint in Endpoints())
        {
            foreach (var property in InputsOf(endpoint).SelectMany(input => input.GetProperties()).Where(IsTextOrList))
            {
                var call = Calls(endpoint).Single();
                var member = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
                var response = property.DeclaringType == BodyOf(endpoint)
                    ? await client.Send(MethodOf(call), PathOf(call), TooLong(property.PropertyType, member))
                    : await client.Send(MethodOf(call), $"{PathOf(call)}?{member}={new string('a', 7_000)}");

                var problem = await response.ShouldBe(HttpStatusCode.BadRequest, "validation-failed");
                Assert.True(
                    problem.GetProperty("errors").TryGetProperty(member, out _), $"{call} has no limit for {member}");
            }
        }
    }

    [Fact]
    public async Task An_empty_query_parameter_counts_as_not_sent()
    {
        using var client = await app.SignedInClient();

        foreach (var endpoint in Endpoints())
        {
            var names = QueriesOf(endpoint).SelectMany(input => input.GetProperties())
                .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));
            foreach (var call in Calls(endpoint).Where(_ => names.Any()))
            {
                var empty = string.Join('&', names.Select(name => $"{name}="));

                var without = await client.Send(MethodOf(call), PathOf(call));
                var with = await client.Send(MethodOf(call), $"{PathOf(call)}?{empty}");

                Assert.True(without.StatusCode == with.StatusCode, $"{call}?{empty}: {with.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task HEAD_gets_the_status_and_the_headers_of_GET_and_no_body()
    {
        using var client = await app.SignedInClient();

        foreach (var call in Endpoints().SelectMany(Calls).Where(call => call.StartsWith("GET ")))
        {
            var path = OptionalInPath().Replace(PathOf(call), "");
            var get = await client.Get(path);
            var head = await client.Send(HttpMethod.Head, path);

            Assert.True(get.StatusCode == head.StatusCode, $"{call}: {get.StatusCode}, HEAD {head.StatusCode}");
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(Scenarios.Ct));
            Assert.Equal(get.Headers.ETag, head.Headers.ETag);
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Equal(NamesOf(get), NamesOf(head));
        }

        // How long a body is that is made while it is sent, is not known before.
        static IEnumerable<string> NamesOf(HttpResponseMessage response) => response.Headers
            .Select(header => header.Key).Except(["Transfer-Encoding"]).Order();
    }

    [Fact]
    public async Task The_document_describes_every_endpoint()
    {
        using var client = app.CreateClient();

        var document = await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Scenarios.Ct);

        Assert.StartsWith("3.1", document.Text("openapi"));
        foreach (var endpoint in Endpoints().Where(endpoint => Calls(endpoint).Any(call => call.Contains("/api/v1"))))
        {
            var call = Calls(endpoint).Single().Replace(":guid", "").Split(' ');
            var operation = document.GetProperty("paths").GetProperty(call[1]).GetProperty(call[0].ToLowerInvariant());

            Assert.Equal(IsAnonymous(endpoint) ? 0 : 1, operation.GetProperty("security").GetArrayLength());
        }
    }

    private IEnumerable<RouteEndpoint> Endpoints() =>
        app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static bool IsAnonymous(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    private static IEnumerable<string> Calls(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
            .Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}");

    private static HttpMethod MethodOf(string call) => new(call.Split(' ')[0]);

    private static string PathOf(string call) => IdInPath().Replace(call.Split(' ')[1], $"{Guid.NewGuid()}");

    // Of the content type that the route takes; with another one the answer would be 415.
    private static HttpContent AnyBody(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes.Contains("multipart/form-data") is true
            ? new MultipartFormDataContent { { new StringContent("a"), "a" } }
            : JsonContent.Create(new { });

    // A file has no validator: it is checked while it is read. By its name, since the guarantee Files can be removed.
    private static Type? BodyOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is { RequestType: { Name: not "FileUpload" } type }
            ? type
            : null;

    private static bool IsTextOrList(PropertyInfo property) =>
        property.PropertyType.IsAssignableTo(typeof(IEnumerable));

    // Longer than any limit of a member, and shorter than the limit of a body.
    private static Dictionary<string, object> TooLong(Type type, string member) => new()
    {
        [member] = type == typeof(string)
            ? new string('a', 200_000)
            : Array.CreateInstance(type.GetElementType() ?? type.GenericTypeArguments[^1], 20_000),
    };

    private static IEnumerable<Type> InputsOf(RouteEndpoint endpoint)
    {
        var queries = QueriesOf(endpoint);

        return BodyOf(endpoint) is { } body ? [body, .. queries] : queries;
    }

    private static IEnumerable<Type> QueriesOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetOrderedMetadata<MethodInfo>()
            .SelectMany(method => method.GetParameters())
            .Where(parameter => parameter.IsDefined(typeof(AsParametersAttribute)))
            .Select(parameter => parameter.ParameterType);

    [GeneratedRegex(@"/\{\w+\?\}")]
    private static partial Regex OptionalInPath();

    [GeneratedRegex(@"\{\w+:guid\}")]
    private static partial Regex IdInPath();
}
