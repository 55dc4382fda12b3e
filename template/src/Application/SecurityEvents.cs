namespace ProdReady.Application;

/// <summary>
/// Security events as log lines and as a metric. Alerts depend on the names, so they must not change. The lines hold
/// no secrets and no personal data.
/// </summary>
internal sealed class SecurityEvents(AppMeter meter, ILogger<SecurityEvents> logger)
{
    private readonly LabelledCounter events = meter.Counter(
        "app.security.events", "{event}", "Events of accounts and sessions, by name.", "event",
        "sign-in-failed", "locked-out", "refresh-token-reused", "refresh-from-another-device", "malware-found");

    public void Registered(Guid userId) => Record("registered", userId);

    public void AddressConfirmed(Guid userId) => Record("address-confirmed", userId);

    public void SignedIn(Guid userId, Guid sessionId) => Record("signed-in", userId, sessionId);

    public void SignInFailed(Guid userId, string reason) => Record("sign-in-failed", userId, reason: reason);

    /// <summary>Logs a hash of the unknown address, so that repeated guesses can be counted.</summary>
    public void SignInFailed(string address) => Record("sign-in-failed", reason: $"unknown address {HashOf(address)}");

    public void LockedOut(Guid userId) => Record("locked-out", userId);

    /// <summary>A replaced refresh token was used again, so it may be stolen.</summary>
    public void RefreshTokenReused(Guid userId, Guid sessionId) => Record("refresh-token-reused", userId, sessionId);

    public void RefreshFromAnotherDevice(Guid userId, Guid sessionId) =>
        Record("refresh-from-another-device", userId, sessionId);

    public void SessionEnded(Guid userId, Guid sessionId) => Record("session-ended", userId, sessionId);

    public void OtherSessionsEnded(Guid userId) => Record("other-sessions-ended", userId);

    public void PasswordChanged(Guid userId) => Record("password-changed", userId);

    public void PasswordResetRequested(Guid userId) => Record("password-reset-requested", userId);

    public void PasswordReset(Guid userId) => Record("password-reset", userId);

    public void EmailChangeRequested(Guid userId) => Record("address-change-requested", userId);

    public void EmailChanged(Guid userId) => Record("address-changed", userId);

    public void AccountDeleted(Guid userId) => Record("account-deleted", userId);

    public void Forbidden(Guid userId) => Record("forbidden", userId);

    public void RateLimitHit(string policy) => Record("rate-limit-hit", reason: policy);

    public void MalwareFound(string name) => Record("malware-found", reason: name);

    private void Record(string name, Guid? userId = null, Guid? sessionId = null, string? reason = null)
    {
        events.Add(name);
        logger.LogInformation(
            "Security event {SecurityEvent}: account {AccountId}, session {SessionId}, reason {Reason}",
            name,
            userId,
            sessionId,
            reason);
    }

    private static string HashOf(string address) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TextRules.Canonical(address))).AsSpan(0, 6));
}
