namespace ProdReady.Application.Accounts.SignIn;

/// <summary>Issues the tokens of a session, and reads refresh tokens.</summary>
internal interface ITokens
{
    TokenResponse Issue(User user, Guid sessionId, int generation);

    /// <summary>Null if the token was not issued by this app.</summary>
    RefreshToken? ReadRefreshToken(string token);
}

/// <summary>The content of a refresh token. Each refresh raises the generation.</summary>
internal sealed record RefreshToken(Guid SessionId, int Generation);

/// <summary>The tokens of a session.</summary>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="AccessToken">Send it in the Authorization header of each request.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="RefreshToken">Works for one refresh, which returns the next one. Keep it secret.</param>
/// <example>
/// {
///   "tokenType": "Bearer",
///   "accessToken": "the-access-token",
///   "expiresIn": 300,
///   "refreshToken": "the-next-refresh-token"
/// }
/// </example>
internal sealed record TokenResponse(string TokenType, string AccessToken, int ExpiresIn, string RefreshToken);
