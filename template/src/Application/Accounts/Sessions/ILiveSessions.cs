namespace ProdReady.Application.Accounts.Sessions;

/// <summary>
/// Which sessions are alive, for every request to ask. An access token outlives its session; this is what ends it too.
/// </summary>
internal interface ILiveSessions
{
    Task<bool> IsAlive(Guid userId, Guid sessionId, CancellationToken ct);

    /// <summary>
    /// After sessions of the user were ended, and that is committed. On this instance it holds at once; the others
    /// notice within seconds.
    /// </summary>
    void Forget(Guid userId);
}
