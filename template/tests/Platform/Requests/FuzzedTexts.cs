using CsCheck;

namespace ProdReady.Tests.Platform.Requests;

internal static class FuzzedTexts
{
    private static readonly string[] OddTexts =
    [
        "", " ", "\r\n", "😀", "e\u0301", "\u202e", "\ufeff", "ﬀ", "İ",
        "'; DROP TABLE users; --", "%", "_", "\\",
        "../../etc/passwd", "${jndi:ldap://a}", "{{7*7}}", "<script>", "null", "-1", "99999999999999999999", "1e400",
        "a@b@c", "a@example.com", "00000000-0000-0000-0000-000000000000", new('a', 300),
        "\udc00", new('a', 12_000),
    ];

    /// <summary>One of a list that grows while the test runs.</summary>
    public static Gen<string> OneOf(IReadOnlyList<string> values) =>
        Gen.Int[0, 9_999].Select(number => values[number % values.Count]);

    public static Gen<string> OddOr(Gen<string> meaningful) => Gen.Frequency(
        (4, meaningful),
        (4, Gen.String[Gen.Char.AlphaNumeric, 1, 40]),
        (2, Gen.OneOf("\0", "a\0b", "a\ud800b")),
        (2, Gen.OneOf(OddTexts)),
        (1, Gen.String));
}
