namespace ProdReady.Application.Email;

/// <summary>Queues mails in the transaction of the use case: they are sent after its commit, or never.</summary>
internal interface IOutbox
{
    void Add(Email email);
}

/// <summary>A mail to one person.</summary>
/// <param name="Template">The name of a file in Infrastructure/Email/Templates.</param>
/// <param name="Recipient">The e-mail address.</param>
/// <param name="Values">The values of the placeholders in the template. They are encoded for HTML.</param>
/// <param name="Priority">Which of two queued mails is sent first.</param>
/// <param name="ExpiresAt">When the link in it expires. After that it is not sent.</param>
internal sealed record Email(
    string Template,
    string Recipient,
    IReadOnlyDictionary<string, string> Values,
    EmailPriority Priority = EmailPriority.Normal,
    DateTimeOffset? ExpiresAt = null);

internal enum EmailPriority
{
    /// <summary>A user waits for it in front of the screen.</summary>
    Awaited,

    Normal,

    /// <summary>Set by the outbox: the mail server has refused it. All others are sent first.</summary>
    Refused,

    /// <summary>Set by the outbox: this mailbox takes no mail for now, while others do.</summary>
    MailboxAway,
}
//#if (Sample)

/// <summary>In Development without a mail server, mails are files in .data/mail.</summary>
internal interface IMailFolder
{
    /// <returns>Null if there is no mail to the address, or no link in the newest one.</returns>
    Task<string?> NewestLinkTo(string email, CancellationToken ct);
}
//#endif
