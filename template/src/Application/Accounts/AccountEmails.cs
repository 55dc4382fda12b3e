using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using ProdReady.Application.Email;
using ProdReady.Application.RateLimiting;
using ProdReady.Domain;

namespace ProdReady.Application.Accounts;

/// <summary>The mails that others than the owner of an address can cause. Each kind is counted by itself.</summary>
internal enum CountedEmail
{
    Confirmation,
    PasswordReset,
    AlreadyRegistered,
    EmailChange,
}

/// <summary>The mails about an account. They go out once the use case that queued them has saved.</summary>
internal sealed class AccountEmails(
    IOutbox outbox, MailedTokens tokens, ISharedCounter counter, IOptions<AppOptions> app, TimeProvider clock)
{
    /// <summary>
    /// So many mails of a kind can be caused in an hour, to one address or by one account. Enough for who is in a
    /// hurry.
    /// </summary>
    public const int MaxPerHour = 5;

    /// <summary>
    /// Whether one more mail may be caused. Nobody's mailbox is filled by asking again and again, and nobody mails
    /// strangers through us. Asked for every address, known or not, so that the work tells nothing; therefore each kind
    /// has a count of its own: whoever asks for what is never sent must not silence what is.
    /// </summary>
    /// <param name="about">The address that is written to, or the id of the account that has it done.</param>
    public async Task<bool> MayBeSent(CountedEmail kind, string about, CancellationToken ct)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(about.ToUpperInvariant()));
        var hourEnd = CountingWindow.EndOf(clock.GetUtcNow(), TimeSpan.FromHours(1));
        // In the database also where there is Redis: an hour is long, and what was forgotten would be mails.
        var count = await counter.Increment($"mail {kind} {Convert.ToHexStringLower(hash)}", hourEnd, ct);

        return count is null or <= MaxPerHour;
    }

    public void QueueConfirmation(User user) =>
        QueueLink("confirm-email", user.Email!, user, MailedTokenPurpose.ConfirmEmail);

    public void QueuePasswordReset(User user) =>
        QueueLink("reset-password", user.Email!, user, MailedTokenPurpose.ResetPassword);

    public void QueueEmailChange(User user, string newEmail) =>
        QueueLink("confirm-email-change", newEmail, user, MailedTokenPurpose.ChangeEmail, newEmail);

    public void QueueAlreadyRegistered(User user) => Queue("already-registered", user.Email!);

    public void QueuePasswordChanged(User user) => Queue("password-changed", user.Email!);

    public void QueueEmailChangeRequested(User user, string newEmail) =>
        Queue("email-change-requested", user.Email!, ("newEmail", newEmail));

    public void QueueEmailChanged(string oldEmail, string newEmail) =>
        Queue("email-changed", oldEmail, ("newEmail", newEmail));

    public void QueueAccountDeleted(User user) => Queue("account-deleted", user.Email!);

    // The page that the link leads to has the name of the mail.
    private void QueueLink(
        string page, string recipient, User user, MailedTokenPurpose purpose, string? newEmail = null)
    {
        var (token, expiresAt) = tokens.Issue(user, purpose, newEmail);
        var address = newEmail is null ? "email" : "newEmail";
        var link = app.Value.LinkTo($"{page}?{address}={Uri.EscapeDataString(recipient)}&token={token}");
        var values = new Dictionary<string, string>
        {
            ["link"] = link.AbsoluteUri,
            ["lifetime"] = InWords(tokens.LifetimeOf(purpose)),
        };

        outbox.Add(new Email.Email(page, recipient, values, EmailPriority.Awaited, expiresAt));
    }

    private void Queue(string template, string recipient, params (string Name, string Value)[] values) =>
        outbox.Add(new Email.Email(template, recipient, new Dictionary<string, string>(
            values.Select(value => KeyValuePair.Create(value.Name, value.Value)))));

    private static string InWords(TimeSpan lifetime) => lifetime switch
    {
        { TotalHours: < 2 } => $"{lifetime.TotalMinutes:0} minutes",
        { TotalDays: < 2 } => $"{lifetime.TotalHours:0} hours",
        _ => $"{lifetime.TotalDays:0} days",
    };
}
