using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;
using ProdReady.Application.Idempotency;

namespace ProdReady.Api.Idempotency;

/// <summary>
/// A client that got no response cannot know whether its request was executed. With an Idempotency-Key it can retry:
/// the request is executed once, and the retry gets the stored response. See docs/idempotency.md.
/// </summary>
internal static partial class IdempotencyFilter
{
    public const string Header = "Idempotency-Key";

    // Without null members, so that a new optional member in a later version does not change the fingerprint.
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerOptions.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static async ValueTask<object?> Invoke(
        EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var http = invocation.HttpContext;
        var header = http.Request.Headers[Header];
        if (header.Count == 0)
        {
            return await next(invocation);
        }

        if (header.Count != 1 || Key().Match(header.ToString()) is not { Success: true } key)
        {
            return Problems.MalformedRequest.ToResult(
                $"Send one {Header} of 1 to 255 visible ASCII characters, and a new one with each new request.");
        }

        var userId = CurrentUser.From(http.User).Id;
        var hash = HashOf(userId, http.Request, key.Groups["value"].Value);
        var fingerprint = FingerprintOf(invocation);
        var (executed, body) = (default(StoredResponse), Array.Empty<byte>());

        var response = await http.RequestServices.GetRequiredService<IIdempotencyKeys>().RunOnce(
            userId,
            hash,
            async () =>
            {
                body = await Execute(await next(invocation), http);

                return executed = ResponseOf(http.Response, body, userId, hash, fingerprint);
            },
            http.RequestAborted);

        if (response is null)
        {
            http.Response.Headers.RetryAfter = "1";

            return Problems.RequestInProgress.ToResult();
        }

        return response == executed ? new ResponseResult(response, body) : Replay(response, fingerprint, http.Response);
    }

    private static IResult Replay(StoredResponse stored, byte[] fingerprint, HttpResponse response)
    {
        if (!stored.Fingerprint.SequenceEqual(fingerprint))
        {
            return Problems.IdempotencyKeyReused.ToResult();
        }

        if (stored.Body is null)
        {
            return Problems.Conflict.ToResult(
                "The request was executed before, but its response was too long to be stored. Fetch the resource.");
        }

        response.Headers["Idempotency-Replayed"] = "true";

        return new ResponseResult(stored, stored.Body);
    }

    // The parts cannot run into each other: none of them contains a line break. As in routing, neither the case of the
    // path nor a slash at its end matters.
    private static byte[] HashOf(Guid userId, HttpRequest request, string key)
    {
        var path = $"{request.PathBase}{request.Path}".TrimEnd('/').ToLowerInvariant();

        return SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}\n{request.Method}\n{path}\n{key}"));
    }

    // Of the bound body, not of its bytes: a retry may write the same JSON with other spaces or in another order.
    private static byte[] FingerprintOf(EndpointFilterInvocationContext invocation)
    {
        var http = invocation.HttpContext;
        var bodyType = http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        var body = invocation.Arguments.FirstOrDefault(argument => bodyType?.IsInstanceOfType(argument) == true);

        return SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
            new { Query = http.Request.QueryString.Value, Body = body }, Json));
    }

    // Executes the result into memory: the exact bytes are stored, and are sent only after the commit.
    private static async Task<byte[]> Execute(object? value, HttpContext http)
    {
        var result = value switch
        {
            IResult typed => typed,
            string text => TypedResults.Text(text),
            _ => TypedResults.Json(value),
        };
        var client = http.Response.Body;
        using var body = new MemoryStream();
        http.Response.Body = body;
        try
        {
            await result.ExecuteAsync(http);
        }
        finally
        {
            http.Response.Body = client;
        }

        return body.ToArray();
    }

    private static StoredResponse ResponseOf(
        HttpResponse response, byte[] body, Guid userId, byte[] hash, byte[] fingerprint) => new()
        {
            UserId = userId,
            Hash = hash,
            Fingerprint = fingerprint,
            Status = response.StatusCode,
            ContentType = response.ContentType,
            Location = response.Headers.Location,
            ETag = response.Headers.ETag,
            Body = body.Length <= StoredResponse.MaxBodyBytes ? body : null,
        };

    // A string of RFC 9651, or the bare value: "abc" and abc are the same key.
    [GeneratedRegex("""^(?<quote>"?)(?<value>[!#-~]{1,255})\k<quote>\z""")]
    private static partial Regex Key();

    private sealed record ResponseResult(StoredResponse Response, byte[] Body) : IResult
    {
        public async Task ExecuteAsync(HttpContext http)
        {
            var response = http.Response;
            response.StatusCode = Response.Status;
            response.ContentType = Response.ContentType;
            response.Headers.Location = Response.Location;
            response.Headers.ETag = Response.ETag;
            if (Body.Length > 0)
            {
                response.ContentLength = Body.Length;
                await response.Body.WriteAsync(Body, http.RequestAborted);
            }
        }
    }
}
