using Microsoft.IdentityModel.Tokens;

namespace ProdReady.Infrastructure.Accounts;

internal sealed class JwtOptions : IValidatableObject
{
    public const string Section = "Jwt";

    // HS256 is as strong as its key: 256 bits (RFC 7518, section 3.2).
    private const int MinKeyBytes = 32;

    private const string Requirement =
        "it must be base64 of at least 32 random bytes, as `openssl rand -base64 48` prints.";

    // Many passphrases are valid base64. Words of six letters or more: a shorter one can occur in a random key.
    private static readonly string[] PlaceholderWords =
        ["secret", "change", "replace", "password", "example", "signing", "placeholder"];

    /// <summary>
    /// Base64, at least 32 random bytes each. The first key signs and all keys verify, so that keys can be rotated.
    /// </summary>
    public IReadOnlyList<string> SigningKeys { get; init; } = [];

    [Required]
    public string Issuer { get; init; } = "app";

    [Required]
    public string Audience { get; init; } = "app";

    /// <summary>The lifetime of an access token.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(5);

    public byte[][] KeyBytes() => [.. SigningKeys.Select(Convert.FromBase64String)];

    public SymmetricSecurityKey[] SecurityKeys() => [.. KeyBytes().Select(key => new SymmetricSecurityKey(key)
    {
        // A hash of the key: a verifier with several keys selects by "kid", and the key itself stays secret.
        KeyId = Base64UrlEncoder.Encode(SHA256.HashData(key).AsSpan(0, 8).ToArray()),
    })];

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (SigningKeys.Count == 0)
        {
            yield return new ValidationResult($"{Section}:SigningKeys:0 is missing; {Requirement}");
        }

        for (var i = 0; i < SigningKeys.Count; i++)
        {
            var text = SigningKeys[i];
            var key = new byte[text.Length];
            if (!Convert.TryFromBase64String(text, key, out var size)
                || !LooksRandom(key[..size])
                || PlaceholderWords.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                yield return new ValidationResult($"{Section}:SigningKeys:{i} is too weak; {Requirement}");
            }
        }
    }

    // Refuses text, repeated bytes and sequences such as 1 2 3. 32 random bytes have about 30 distinct values.
    private static bool LooksRandom(byte[] key)
    {
        var steps = key.Skip(1).Zip(key, (next, value) => (byte)(next - value));

        return key.Length >= MinKeyBytes
            && Math.Min(key.Distinct().Count(), steps.Distinct().Count()) >= MinKeyBytes / 2
            && key.Any(value => value is < (byte)' ' or > (byte)'~');
    }
}
