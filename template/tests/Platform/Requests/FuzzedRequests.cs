using System.Text;
using CsCheck;
using Microsoft.OpenApi;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>Requests that follow the OpenAPI document in part.</summary>
/// <param name="ids">Ids and cursors from responses; without them most requests would end with 404.</param>
/// <param name="secrets">For bodies only, since addresses are logged.</param>
internal sealed class FuzzedRequests(OpenApiDocument document, IReadOnlyList<string> ids, IReadOnlyList<string> secrets)
{
    private static readonly string[] OddHeaders =
    [
        "", " ", "*", "\"1\"", "W/\"1\"", "\"1\", \"2\"", "1", "\"", "\"99999999999999999999\"", "bytes=0-",
        "bytes=0-0", "bytes=-1", "bytes=5-1", "bytes=0-0,2-3", "bytes=99999999999999999999-", "lines=1-2", "Bearer",
        "Bearer a.b.c", "Basic YTpi", "a b", ",", ";", new('a', 256), new('a', 4_000),
        "Wed, 21 Oct 2015 07:28:00 GMT", "not a date",
    ];

    private static readonly string[] Headers =
    [
        "If-Match", "If-None-Match", "If-Modified-Since", "If-Range", "Idempotency-Key", "Range", "Accept", "Origin",
    ];

    private readonly FuzzedBodies bodies = new(secrets);

    private readonly Gen<string> id = FuzzedTexts.OneOf(ids);

    private readonly Gen<string> word = FuzzedTexts.OddOr(FuzzedTexts.OneOf(ids));

    public Gen<FuzzedRequest> Any => Gen.OneOf(
        [.. document.Paths.SelectMany(path => path.Value.Operations!.Select(operation =>
            RequestOf(path.Key, operation.Key, operation.Value)))]);

    private Gen<FuzzedRequest> RequestOf(string path, HttpMethod method, OpenApiOperation operation) =>
        Gen.Select(
            AddressOf(path, operation),
            HeadersOf(),
            bodies.For(operation),
            (address, headers, body) => new FuzzedRequest(method, address, headers, body, operation));

    private Gen<string> AddressOf(string path, OpenApiOperation operation)
    {
        var address = Gen.Const(path);
        foreach (var parameter in ParametersOf(operation, ParameterLocation.Path))
        {
            var value = Gen.Frequency((6, id), (2, Gen.Guid.Select(guid => $"{guid}")), (2, word)).Select(Segment);
            address = Gen.Select(address, value, (before, next) => before.Replace($"{{{parameter.Name}}}", next));
        }

        string[] names = [.. ParametersOf(operation, ParameterLocation.Query).Select(parameter => parameter.Name!)];
        var pair = Gen.Select(
            names.Length > 0 ? Gen.Frequency((8, Gen.OneOf(names)), (1, word)) : word,
            Gen.Frequency((3, word), (2, Gen.OneOf("open", "closed", "1", "20", "100"))),
            (name, value) => $"{Escaped(name)}={Escaped(value)}");
        var pairs = Gen.Frequency(
            (names.Length > 0 ? 1 : 40, Gen.Const(Array.Empty<string>())),
            (3, pair.Array[1, 1]),
            (1, pair.Array[1, 4]));

        return Gen.Select(address, pairs, (before, all) =>
            all.Sum(one => one.Length) is > 0 and < 7_000 ? $"{before}?{string.Join('&', all)}" : before);
    }

    private static IEnumerable<IOpenApiParameter> ParametersOf(OpenApiOperation operation, ParameterLocation place) =>
        operation.Parameters?.Where(parameter => parameter.In == place) ?? [];

    private static Gen<(string, string)[]> HeadersOf()
    {
        var header = Gen.Select(Gen.OneOf(Headers), Gen.OneOf(OddHeaders));
        var authorization = Gen.Select(Gen.Const("Authorization"), Gen.OneOf(OddHeaders));

        return Gen.Frequency(
            (5, Gen.Const(Array.Empty<(string, string)>())), (4, header.Array[1, 3]), (1, authorization.Array[1, 1]));
    }

    // Kestrel refuses NUL in a path before the app sees it, and dots would change the path.
    private static string Segment(string text) =>
        Escaped(text.Replace("\0", "")).Replace(".", "%2e") is { Length: > 0 and < 6_000 } segment ? segment : "x";

    private static string Escaped(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(letter => char.IsAsciiLetterOrDigit((char)letter)
            || letter is (byte)'-' or (byte)'.' ? $"{(char)letter}" : $"%{letter:x2}"));
}
