using ProdReady.Application.Accounts.Sessions;

namespace ProdReady.Application.Accounts.SignIn;

/// <summary>Ends the session of the request.</summary>
internal sealed class Logout(EndSession endSession)
{
    public Task Handle(Guid userId, Guid sessionId, CancellationToken ct) => endSession.Handle(userId, sessionId, ct);
}
