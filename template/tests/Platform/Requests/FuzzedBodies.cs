using System.Text;
using CsCheck;
using Microsoft.OpenApi;

namespace ProdReady.Tests.Platform.Requests;

internal sealed class FuzzedBodies(IReadOnlyList<string> secrets)
{
    private static readonly string[] OddJson =
    [
        "null", "true", "0", "-0", "1", "-1", "1.5", "1e400", "99999999999999999999999999", "\"\"", "\"1\"", "\"true\"",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "[]", "[null]", "[[]]", "{}",
        "{\"a\":1}", "{\"$ref\":\"#\"}", "\"\\x\"", "NaN", "01", "'a'", "", $"\"{new string('a', 20_000)}\"",
        $"{new string('[', 100)}{new string(']', 100)}",
    ];

    public static readonly string[] OddBodies =
    [
        "", " ", "\0", "{", "}", "[", "]", "null", "true", "1", "\"a\"", "[]", "[{}]", "{}{}", "{},", "{\"a\"}",
        "{\"a\":}", "{\"\\ud800\":1}", "{\"\":1}", "// a comment\n{}", "\ufeff{}", "a=b&c=d", "<a/>",
        new('{', 500), new('[', 5_000),
    ];

    private static readonly string[] ContentTypes =
    [
        "application/json; charset=utf-8", "application/problem+json", "text/plain", "text/html", "multipart/form-data",
    ];

    private readonly Gen<string> text = FuzzedTexts.OddOr(FuzzedTexts.OneOf(secrets));

    public Gen<FuzzedBody?> For(OpenApiOperation operation)
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
            return Files.FuzzedForms.Any();
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

    public static FuzzedBody Json(string text) => new("application/json", Encoding.UTF8.GetBytes(text));

    // A serializer would refuse a lone surrogate.
    private static string Quoted(string text) =>
        $"\"{string.Concat(text.Select(letter => letter is < ' ' or '"' or '\\' || char.IsSurrogate(letter)
            ? $"\\u{(int)letter:x4}"
            : $"{letter}"))}\"";
}
