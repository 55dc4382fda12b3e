using System.Text;
using CsCheck;
using Microsoft.OpenApi;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Requests;

/// <summary>Requests as the OpenAPI document has them, and as it does not.</summary>
/// <param name="ids">Ids and cursors that the app gave out; without them no request would get far.</param>
/// <param name="secrets">What stands in bodies only, since addresses are logged.</param>
internal sealed class FuzzedRequests(OpenApiDocument document, IReadOnlyList<string> ids, IReadOnlyList<string> secrets)
{
    private static readonly string[] OddTexts =
    [
        "", " ", "\r\n", "😀", "e\u0301", "\u202e", "\ufeff", "ﬀ", "İ",
        "'; DROP TABLE users; --", "%", "_", "\\",
        "../../etc/passwd", "${jndi:ldap://a}", "{{7*7}}", "<script>", "null", "-1", "99999999999999999999", "1e400",
        "a@b@c", "a@example.com", "00000000-0000-0000-0000-000000000000", new('a', 300),
        "\udc00", new('a', 12_000),
    ];

    private static readonly string[] OddJson =
    [
        "null", "true", "0", "-0", "1", "-1", "1.5", "1e400", "99999999999999999999999999", "\"\"", "\"1\"", "\"true\"",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "[]", "[null]", "[[]]", "{}",
        "{\"a\":1}", "{\"$ref\":\"#\"}", "\"\\x\"", "NaN", "01", "'a'", "", $"\"{new string('a', 20_000)}\"",
        $"{new string('[', 100)}{new string(']', 100)}",
    ];

    private static readonly string[] OddBodies =
    [
        "", " ", "\0", "{", "}", "[", "]", "null", "true", "1", "\"a\"", "[]", "[{}]", "{}{}", "{},", "{\"a\"}",
        "{\"a\":}", "{\"\\ud800\":1}", "{\"\":1}", "// a comment\n{}", "\ufeff{}", "a=b&c=d", "<a/>",
        new('{', 500), new('[', 5_000),
    ];

    private static readonly string[] ContentTypes =
    [
        "application/json; charset=utf-8", "application/problem+json", "text/plain", "text/html", "multipart/form-data",
    ];

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

    private readonly Gen<string> id = OneOf(ids);

    private readonly Gen<string> word = TextOr(OneOf(ids));

    private readonly Gen<string> text = TextOr(OneOf(secrets));

    public Gen<FuzzedRequest> Any => Gen.OneOf(
        [.. document.Paths.SelectMany(path => path.Value.Operations!.Select(operation =>
            RequestOf(path.Key, operation.Key, operation.Value)))]);

    private Gen<FuzzedRequest> RequestOf(string path, HttpMethod method, OpenApiOperation operation) =>
        Gen.Select(
            AddressOf(path, operation),
            HeadersOf(),
            BodyOf(operation),
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

    private Gen<FuzzedBody?> BodyOf(OpenApiOperation operation)
    {
        var content = operation.RequestBody?.Content;
        if (content is not { Count: > 0 })
        {
            return Gen.Frequency(
                (9, Gen.Const((FuzzedBody?)null)), (1, Gen.OneOf(OddBodies).Select(FuzzedBody? (text) => Json(text))));
        }

        var (type, media) = content.First();
        if (type != "application/json")
        {
            return FormOf();
        }

        var json = ObjectOf(media.Schema!);
        var broken = Gen.Select(json, Gen.Int[0, 9_999], (text, at) => text[..(at % (text.Length + 1))]);

        return Gen.Frequency(
            (14, json.Select(FuzzedBody? (text) => Json(text))),
            (2, Gen.OneOf(OddBodies).Select(FuzzedBody? (text) => Json(text))),
            (1, broken.Select(FuzzedBody? (text) => Json(text))),
            (1, Gen.Byte.Array[0, 100].Select(FuzzedBody? (bytes) => new("application/json", bytes))),
            (1, json.Select(FuzzedBody? (text) => new("application/json", Encoding.Unicode.GetBytes(text)))),
            (1, json.Select(Gen.OneOf(ContentTypes), FuzzedBody? (text, other) => Json(text) with { Type = other })));
    }

    private Gen<string> ObjectOf(IOpenApiSchema schema)
    {
        var members = Gen.Const("");
        foreach (var (name, inner) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            var value = Gen.Frequency((8, ValueOf(inner)), (1, Gen.OneOf(OddJson)));
            var member = Gen.Select(value, Gen.Int[0, 30], (text, chance) => chance switch
            {
                0 => "",
                1 => $"{Quoted(name)}:{text},{Quoted(name)}:{text},",
                2 => $"{Quoted(name)}:{text},{Quoted(name.ToUpperInvariant())}:{text},",
                3 => $"{Quoted(name)}:{text},\"isAdmin\":true,",
                4 => $"{Quoted(name)}:{text},,",
                _ => $"{Quoted(name)}:{text},",
            });
            members = Gen.Select(members, member, (before, next) => before + next);
        }

        return members.Select(text => $"{{{(text.EndsWith(",,") ? text : text.TrimEnd(','))}}}");
    }

    private Gen<string> ValueOf(IOpenApiSchema schema) => schema switch
    {
        { Enum: { Count: > 0 } names } => Gen.OneOf([.. names.Select(name => name!.ToJsonString())]),
        { Properties.Count: > 0 } => ObjectOf(schema),
        { Items: { } items } => ValueOf(items).Array[0, 3].Select(values => $"[{string.Join(',', values)}]"),
        _ when schema.Type?.HasFlag(JsonSchemaType.Integer) == true => Gen.Int.Select(number => $"{number}"),
        _ when schema.Type?.HasFlag(JsonSchemaType.Boolean) == true => Gen.OneOf("true", "false"),
        { MaxLength: { } max } => Gen.Frequency(
            (9, text.Select(Quoted)), (1, Gen.OneOf(max, max + 1).Select(length => Quoted(new string('a', length))))),
        _ => text.Select(Quoted),
    };

    private static Gen<FuzzedBody?> FormOf()
    {
        var file = Gen.Select(
            Gen.OneOf(Pictures.Photo, [], "a"u8.ToArray(), Pictures.Photo[..50]),
            Gen.OneOf("photo.png", "a.exe", "", "../a.png", "a\0.png", "😀.png", "a\".png", new string('a', 500)),
            Gen.OneOf("image/png", "image/jpeg", "text/html", "image/*", "", "a"),
            Gen.OneOf("file", "FILE", "other", ""),
            (content, name, type, part) => Form(part, name, type, content));
        var good = Gen.Const(Form("file", "photo.png", "image/png", Pictures.Photo));
        var whole = Gen.Frequency((2, good), (3, file));
        var broken = Gen.Select(whole, Gen.Int[0, 9_999], (form, at) => form[..(at % (form.Length + 1))]);

        return Gen.Frequency(
            (6, whole.Select(FuzzedBody? (form) => new("multipart/form-data; boundary=XX", form))),
            (1, broken.Select(FuzzedBody? (form) => new("multipart/form-data; boundary=XX", form))),
            (1, whole.Select(FuzzedBody? (form) => new("multipart/form-data; boundary=YY", form))),
            (1, whole.Select(FuzzedBody? (form) => new("multipart/form-data", form))),
            (1, Gen.Byte.Array[0, 200].Select(FuzzedBody? (bytes) => new("multipart/form-data; boundary=XX", bytes))),
            (1, Gen.OneOf(OddBodies).Select(FuzzedBody? (text) => Json(text))));
    }

    private static byte[] Form(string part, string name, string type, byte[] content) =>
    [
        .. Encoding.UTF8.GetBytes(
            $"--XX\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\n"
            + $"Content-Type: {type}\r\n\r\n"),
        .. content,
        .. "\r\n--XX--\r\n"u8,
    ];

    private static FuzzedBody Json(string text) => new("application/json", Encoding.UTF8.GetBytes(text));

    // Unlike a serializer it lets half of a surrogate pair pass.
    private static string Quoted(string text) =>
        $"\"{string.Concat(text.Select(letter => letter is < ' ' or '"' or '\\' || char.IsSurrogate(letter)
            ? $"\\u{(int)letter:x4}"
            : $"{letter}"))}\"";

    // Kestrel refuses NUL in a path before the app sees it, and dots make another path of it.
    private static string Segment(string text) =>
        Escaped(text.Replace("\0", "")).Replace(".", "%2e") is { Length: > 0 and < 6_000 } segment ? segment : "x";

    private static Gen<string> OneOf(IReadOnlyList<string> values) =>
        Gen.Int[0, 9_999].Select(number => values[number % values.Count]);

    private static Gen<string> TextOr(Gen<string> meaningful) => Gen.Frequency(
        (4, meaningful),
        (4, Gen.String[Gen.Char.AlphaNumeric, 1, 40]),
        (2, Gen.OneOf("\0", "a\0b", "a\ud800b")),
        (2, Gen.OneOf(OddTexts)),
        (1, Gen.String));

    private static string Escaped(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(letter => char.IsAsciiLetterOrDigit((char)letter)
            || letter is (byte)'-' or (byte)'.' ? $"{(char)letter}" : $"%{letter:x2}"));
}

internal sealed record FuzzedBody(string Type, byte[] Bytes);

internal sealed record FuzzedRequest(
    HttpMethod Method,
    string Address,
    (string Name, string Value)[] Headers,
    FuzzedBody? Body,
    OpenApiOperation Operation)
{
    private const int MuchToRead = 2_000;

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, Address);
        foreach (var (name, value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body.Bytes);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", Body.Type);
        }

        return message;
    }

    public override string ToString()
    {
        var headers = string.Concat(Headers.Select(header => $"{header.Name}: {header.Value}\n"));
        var body = Body is null ? "" : $"Content-Type: {Body.Type}\n\n{Encoding.Latin1.GetString(Body.Bytes)}";
        var text = $"{Method} {Address}\n{headers}{body}";

        return text.Length > MuchToRead ? $"{text[..MuchToRead]}…" : text;
    }
}
