using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using ProdReady.Api.Errors;
using ProdReady.Api.OpenApi;
using ProdReady.Api.Requests;
using ProdReady.Application.Idempotency;

namespace ProdReady.Api.Idempotency;

/// <summary>
/// A client that lost the answer cannot know whether its request arrived. With an Idempotency-Key it sends the same
/// again, and gets the answer of the first time instead of a second effect. docs/idempotency.md says it in full.
/// </summary>
internal static partial class Idempotency
{
    private const string Header = "Idempotency-Key";

    private static readonly Type?[] Forms = [typeof(IFormFile), typeof(IFormFileCollection), typeof(IFormCollection)];

    // What a newer version takes in addition is null in what older clients send; it makes no other request of that.
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerOptions.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>A request with a key is done once; one without a key as often as it is sent.</summary>
    public static RouteHandlerBuilder AcceptsIdempotencyKey(this RouteHandlerBuilder endpoint) =>
        endpoint.AcceptsKey(isRequired: false);

    /// <summary>As the other, and a request without a key is refused.</summary>
    public static RouteHandlerBuilder RequiresIdempotencyKey(this RouteHandlerBuilder endpoint) =>
        endpoint.AcceptsKey(isRequired: true);

    private static RouteHandlerBuilder AcceptsKey(this RouteHandlerBuilder endpoint, bool isRequired)
    {
        ((IEndpointConventionBuilder)endpoint).Finally(RefuseStrangers);
        ((IEndpointConventionBuilder)endpoint).Finally(RefuseUnseenBody);

        return endpoint.DescribeIdempotencyKey(Header, isRequired).AddEndpointFilter(async (invocation, next) =>
        {
            var http = invocation.HttpContext;
            var header = http.Request.Headers[Header];
            if (header.Count == 0 && !isRequired)
            {
                return await next(invocation);
            }

            if (header.Count != 1 || Key().Match(header.ToString()) is not { Success: true } key)
            {
                return Problems.MalformedRequest.ToResult(
                    $"Send one {Header} of 1 to 255 visible ASCII characters: a new one with each new request.");
            }

            var request = new KeyedRequest(
                CurrentUser.From(http.User).Id, HashOf(http, key.Groups["value"].Value), FingerprintOf(invocation));
            var found = await http.RequestServices.GetRequiredService<IIdempotencyKeys>().Once(
                request, async () => await AnswerOf(await next(invocation), http), http.RequestAborted);

            return ResultOf(found, request, http.Response);
        });
    }

    private static IResult ResultOf(KeyedAnswer? found, KeyedRequest request, HttpResponse response)
    {
        if (found is null)
        {
            response.Headers.RetryAfter = "1";

            return Problems.RequestInProgress.ToResult();
        }

        if (!found.Fingerprint.SequenceEqual(request.Fingerprint))
        {
            return Problems.IdempotencyKeyReused.ToResult();
        }

        if (found.Answer.Body is null)
        {
            return Problems.Conflict.ToResult("This was done before; its answer was too long to be kept. Fetch it.");
        }

        if (found.IsReplayed)
        {
            response.Headers["Idempotency-Replayed"] = "true";
        }

        return new AnswerResult(found.Answer);
    }

    // Another user, method or path has keys of its own. No key has a line break, so what is joined here cannot be
    // taken apart in two ways.
    private static byte[] HashOf(HttpContext http, string key) => SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{CurrentUser.From(http.User).Id}\n{http.Request.Method}\n{http.Request.PathBase}{http.Request.Path}\n{key}"));

    // Of what the request says, and not of how it is written: a client that tries again may order its JSON differently.
    private static byte[] FingerprintOf(EndpointFilterInvocationContext invocation)
    {
        var http = invocation.HttpContext;
        var bodyType = http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        var body = invocation.Arguments.FirstOrDefault(argument => bodyType?.IsInstanceOfType(argument) == true);

        return SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
            new { Query = http.Request.QueryString.Value, Body = body }, Json));
    }

    // Lets the result write itself, to keep exactly what the client gets. It goes out once everything is committed.
    private static async Task<Answer> AnswerOf(object? value, HttpContext http)
    {
        var result = value switch
        {
            IResult typed => typed,
            string text => TypedResults.Text(text),
            _ => TypedResults.Json(value),
        };
        var response = http.Response;
        var client = response.Body;
        using var body = new MemoryStream();
        response.Body = body;
        try
        {
            await result.ExecuteAsync(http);
        }
        finally
        {
            response.Body = client;
        }

        var headers = response.Headers;

        return new Answer(
            response.StatusCode, response.ContentType, headers.Location, headers.ETag, body.ToArray());
    }

    // Strangers would share their keys, and fetch each other's answers.
    private static void RefuseStrangers(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<IAllowAnonymous>().Any())
        {
            throw new InvalidOperationException($"{endpoint.DisplayName} takes an {Header} and lets strangers in.");
        }
    }

    // Requests with different bodies would look the same, and the second would get the answer of the first. Of a form
    // only its frame would be seen.
    private static void RefuseUnseenBody(EndpointBuilder endpoint)
    {
        var handler = endpoint.Metadata.OfType<MethodInfo>().Last();
        var seen = handler.GetParameters().Select(parameter => parameter.ParameterType);
        if (endpoint.Metadata.OfType<IAcceptsMetadata>().LastOrDefault() is { RequestType: var body }
            && (!seen.Contains(body) || Forms.Contains(body)))
        {
            throw new InvalidOperationException(
                $"{endpoint.DisplayName} takes an {Header}, and a body that is no parameter of its own.");
        }
    }

    // As a string of RFC 9651 or as it is: "abc" and abc are the same key.
    [GeneratedRegex("""^(?<quote>"?)(?<value>[!#-~]{1,255})\k<quote>\z""")]
    private static partial Regex Key();

    private sealed record AnswerResult(Answer Answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext http)
        {
            var response = http.Response;
            response.StatusCode = Answer.Status;
            response.ContentType = Answer.ContentType;
            response.Headers.Location = Answer.Location;
            response.Headers.ETag = Answer.ETag;
            if (Answer.Body is { Length: > 0 } body)
            {
                response.ContentLength = body.Length;
                await response.Body.WriteAsync(body, http.RequestAborted);
            }
        }
    }
}
