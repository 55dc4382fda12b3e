using ProdReady.Domain;

namespace ProdReady.Application.Auth;

/// <summary>Makes the tokens of a session, and reads the refresh tokens that come back.</summary>
internal interface ITokens
{
    TokenResponse Issue(User user, Guid sessionId, int generation);

    /// <summary>Null for anything that was not made here.</summary>
    RefreshToken? ReadRefreshToken(string token);
}

/// <summary>What a refresh token says: the session, and which of its tokens this is.</summary>
internal sealed record RefreshToken(Guid SessionId, int Generation);
