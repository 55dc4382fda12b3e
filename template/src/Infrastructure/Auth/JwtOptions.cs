using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace ProdReady.Infrastructure.Auth;

internal sealed class JwtOptions : IValidatableObject
{
    public const string Section = "Jwt";

    // HS256 is as strong as its key: 256 bits (RFC 7518, section 3.2).
    private const int MinKeyBytes = 32;

    /// <summary>
    /// Base64, at least 32 random bytes each. The first one signs; all of them verify, so that keys can rotate.
    /// </summary>
    [Required, MinLength(1)]
    public IReadOnlyList<string> SigningKeys { get; init; } = [];

    [Required]
    public string Issuer { get; init; } = "app";

    [Required]
    public string Audience { get; init; } = "app";

    /// <summary>How long an access token is good for.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(5);

    public byte[][] KeyBytes() => [.. SigningKeys.Select(Convert.FromBase64String)];

    public SymmetricSecurityKey[] SecurityKeys() => [.. KeyBytes().Select(key => new SymmetricSecurityKey(key)
    {
        // Names the key without telling anything of it, so that a verifier with several knows which one to take.
        KeyId = Base64UrlEncoder.Encode(SHA256.HashData(key).AsSpan(0, 8).ToArray()),
    })];

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        for (var i = 0; i < SigningKeys.Count; i++)
        {
            var buffer = new byte[SigningKeys[i].Length];
            if (!Convert.TryFromBase64String(SigningKeys[i], buffer, out var size) || size < MinKeyBytes)
            {
                yield return new ValidationResult(
                    $"{Section}:SigningKeys:{i} must be base64 of at least {MinKeyBytes} random bytes.");
            }
        }
    }
}
