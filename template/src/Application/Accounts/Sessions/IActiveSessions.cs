namespace ProdReady.Application.Accounts.Sessions;

/// <summary>
/// Tells each authenticated request whether its session is active. An access token is valid until it expires; this
/// check ends it together with its session.
/// </summary>
internal interface IActiveSessions
{
    Task<bool> IsActive(Guid userId, Guid sessionId, CancellationToken ct);

    /// <summary>
    /// Call it after the commit that ended sessions of the user. This instance then reads the database again; other
    /// instances do so within 5 seconds.
    /// </summary>
    void Invalidate(Guid userId);
}
