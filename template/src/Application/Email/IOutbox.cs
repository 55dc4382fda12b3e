namespace ProdReady.Application.Email;

/// <summary>Takes mails. They go out once the use case has saved; where it does not save, they never were.</summary>
internal interface IOutbox
{
    void Add(Email email);
}

/// <summary>A mail to one person.</summary>
/// <param name="Template">The name of a file in Infrastructure/Email/Templates.</param>
/// <param name="Recipient">The address.</param>
/// <param name="Values">What the template has gaps for. Anything may stand in a value; it is encoded.</param>
/// <param name="Priority">Of two mails that wait, which one goes first.</param>
/// <param name="ExpiresAt">After that it is better not sent: the token in it is no longer good.</param>
internal sealed record Email(
    string Template,
    string Recipient,
    IReadOnlyDictionary<string, string> Values,
    EmailPriority Priority = EmailPriority.Normal,
    DateTimeOffset? ExpiresAt = null);

internal enum EmailPriority
{
    /// <summary>Somebody sits in front of the screen and waits for it.</summary>
    Awaited,

    Normal,

    /// <summary>Goes to many, and may take its time.</summary>
    Bulk,
}
