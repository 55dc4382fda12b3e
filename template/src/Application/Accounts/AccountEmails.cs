using ProdReady.Application.Email;
using ProdReady.Application.RateLimiting;

namespace ProdReady.Application.Accounts;

/// <summary>The emails that an unauthenticated request can cause. Each kind has its own counter.</summary>
internal enum CountedEmail
{
    Confirmation,
    PasswordReset,
    Registration,
    EmailChange,
}

/// <summary>Queues the emails about an account. They are sent after the use case has saved.</summary>
internal sealed class AccountEmails(
    IOutbox outbox, MailedTokens tokens, ISharedCounter counter, IOptions<AppOptions> app, TimeProvider clock)
{
    /// <summary>The limit for one kind of email to one address, or from one account.</summary>
    public const int MaxPerHour = 5;

    /// <summary>
    /// Counts one email and tells whether it is within the limit, so that a mailbox cannot be flooded. Call it for
    /// unknown addresses too: a missing query would show in the response time. Each kind has its own counter, so that
    /// requests that send no email cannot use up the limit of those that do.
    /// </summary>
    /// <param name="about">The address of the recipient, or the id of the account that makes the request.</param>
    /// <exception cref="UnavailableException">There is no count; the email could be one of a flood.</exception>
    public async Task<bool> IsWithinLimit(CountedEmail kind, string about, CancellationToken ct)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(TextRules.Canonical(about)));
        var hour = TimeSpan.FromHours(1);
        // An attacker can use up the reset mails of a window, but each of them brings the owner a link. No window is
        // longer than a link lives, so a link of this window is valid until the next window has mails again.
        var windows = kind == CountedEmail.PasswordReset
            ? (int)Math.Ceiling(hour / tokens.LifetimeOf(MailedTokenPurpose.ResetPassword))
            : 1;
        var end = CountingWindow.EndOf(clock.GetUtcNow(), hour / windows);
        // In the database even with Redis: a counter lost within the hour would mean more emails.
        var count = await counter.Increment($"mail {kind} {Convert.ToHexStringLower(hash)}", end, ct)
            ?? throw new UnavailableException("Emails cannot be counted.");

        return count <= MaxPerHour / windows;
    }

    /// <param name="passwordHash">Of the registration that the link confirms.</param>
    /// <param name="registeredAt">Tells the reader which of several such mails is the own one.</param>
    public void QueueConfirmation(User user, string passwordHash, DateTimeOffset registeredAt) => QueueLink(
        "confirm-email", user.Email!, user, MailedTokenPurpose.ConfirmEmail, null, passwordHash, registeredAt);

    public void QueuePasswordReset(User user) =>
        QueueLink("reset-password", user.Email!, user, MailedTokenPurpose.ResetPassword, null, null);

    public void QueueEmailChange(User user, string newEmail) =>
        QueueLink("confirm-email-change", newEmail, user, MailedTokenPurpose.ChangeEmail, newEmail, null);

    public void QueueAlreadyRegistered(User user) => Queue("already-registered", user.Email!);

    public void QueuePasswordChanged(User user) => Queue("password-changed", user.Email!);

    public void QueueEmailChangeRequested(User user, string newEmail) =>
        Queue("email-change-requested", user.Email!, ("newEmail", newEmail));

    public void QueueEmailChanged(string oldEmail, string newEmail) =>
        Queue("email-changed", oldEmail, ("newEmail", newEmail));

    public void QueueAccountDeleted(User user) => Queue("account-deleted", user.Email!);

    // The email template and the page that its link opens have the same name.
    private void QueueLink(
        string page, string recipient, User user, MailedTokenPurpose purpose, string? newEmail, string? passwordHash,
        DateTimeOffset? registeredAt = null)
    {
        var (token, expiresAt) = tokens.Issue(user, purpose, newEmail, passwordHash);
        var address = newEmail is null ? "email" : "newEmail";
        var link = app.Value.LinkTo($"{page}?{address}={Uri.EscapeDataString(recipient)}&token={token}");
        var values = new Dictionary<string, string>
        {
            ["link"] = link.AbsoluteUri,
            ["lifetime"] = InWords(tokens.LifetimeOf(purpose)),
            ["registeredAt"] = $"{registeredAt:d MMMM yyyy' at 'HH:mm' UTC'}",
        };

        outbox.Add(new Email.Email(page, recipient, values, EmailPriority.Awaited, expiresAt));
    }

    private void Queue(string template, string recipient, params (string Name, string Value)[] values) =>
        outbox.Add(new Email.Email(template, recipient, values.ToDictionary(pair => pair.Name, pair => pair.Value)));

    private static string InWords(TimeSpan lifetime) => lifetime switch
    {
        { TotalHours: < 2 } => $"{lifetime.TotalMinutes:0} minutes",
        { TotalDays: < 2 } => $"{lifetime.TotalHours:0} hours",
        _ => $"{lifetime.TotalDays:0} days",
    };
}
