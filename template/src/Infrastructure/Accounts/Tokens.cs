using System.Buffers.Binary;
using System.Buffers.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using ProdReady.Application.Accounts.SignIn;

namespace ProdReady.Infrastructure.Accounts;

/// <summary>
/// An access token is a JWT. A refresh token is the session id, its generation and a MAC over both: the database holds
/// nothing that can be used as a token, a forged token costs no query, and the successor of a token can be computed
/// again after a lost response.
/// </summary>
internal sealed class Tokens(IOptions<JwtOptions> options, TimeProvider clock) : ITokens
{
    private const int IdSize = 16;
    private const int PayloadSize = IdSize + sizeof(int);
    private const int RefreshTokenSize = PayloadSize + HMACSHA256.HashSizeInBytes;

    private readonly JwtOptions jwt = options.Value;
    private readonly SigningCredentials credentials =
        new(options.Value.SecurityKeys()[0], SecurityAlgorithms.HmacSha256);

    // A derived key, so that no MAC of a refresh token is also a valid signature of a JWT.
    private readonly byte[][] refreshKeys = [.. options.Value.KeyBytes().Select(key =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, outputLength: 32, info: "refresh-token"u8.ToArray()))];

    public TokenResponse Issue(User user, Guid sessionId, int generation) => new(
        "Bearer",
        AccessToken(user, sessionId),
        (int)jwt.AccessTokenLifetime.TotalSeconds,
        RefreshTokenFor(sessionId, generation));

    public RefreshToken? ReadRefreshToken(string token)
    {
        var bytes = new byte[RefreshTokenSize];
        if (!Base64Url.IsValid(token, out var size) || size != RefreshTokenSize
            || !Base64Url.TryDecodeFromChars(token, bytes, out _))
        {
            return null;
        }

        var (payload, mac) = (bytes[..PayloadSize], bytes[PayloadSize..]);

        return refreshKeys.Any(key => CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, payload), mac))
            ? new RefreshToken(new Guid(payload[..IdSize]), BinaryPrimitives.ReadInt32BigEndian(payload[IdSize..]))
            : null;
    }

    private string AccessToken(User user, Guid sessionId)
    {
        var now = clock.Now().UtcDateTime;
        var claims = new Dictionary<string, object>
        {
            [JwtRegisteredClaimNames.Sub] = user.Id.ToString(),
            [JwtRegisteredClaimNames.Sid] = sessionId.ToString(),
            [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString(),
        };
        if (user.Roles.Count > 0)
        {
            claims["role"] = user.Roles;
        }

        var descriptor = new SecurityTokenDescriptor
        {
            TokenType = TokenAuthentication.AccessTokenType,
            Issuer = jwt.Issuer,
            Audience = jwt.Audience,
            IssuedAt = now,
            Expires = now + jwt.AccessTokenLifetime,
            Claims = claims,
            SigningCredentials = credentials,
        };

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    private string RefreshTokenFor(Guid sessionId, int generation)
    {
        Span<byte> token = stackalloc byte[RefreshTokenSize];
        sessionId.TryWriteBytes(token);
        BinaryPrimitives.WriteInt32BigEndian(token[IdSize..], generation);
        HMACSHA256.HashData(refreshKeys[0], token[..PayloadSize], token[PayloadSize..]);

        return Base64Url.EncodeToString(token);
    }
}
