using ProdReady.Domain;

namespace ProdReady.Application.Accounts.SignIn;

/// <summary>Makes the tokens of a session, and reads the refresh tokens that come back.</summary>
internal interface ITokens
{
    TokenResponse Issue(User user, Guid sessionId, int generation);

    /// <summary>Null for anything that was not made here.</summary>
    RefreshToken? ReadRefreshToken(string token);
}

/// <summary>What a refresh token says: the session, and which of its tokens this is.</summary>
internal sealed record RefreshToken(Guid SessionId, int Generation);

/// <summary>The tokens of a session.</summary>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="AccessToken">Goes into the Authorization header of every call.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="RefreshToken">Good for one refresh, which answers with the next one. Keep it secret.</param>
/// <example>
/// {
///   "tokenType": "Bearer",
///   "accessToken": "the-access-token",
///   "expiresIn": 300,
///   "refreshToken": "the-next-refresh-token"
/// }
/// </example>
internal sealed record TokenResponse(string TokenType, string AccessToken, int ExpiresIn, string RefreshToken);
