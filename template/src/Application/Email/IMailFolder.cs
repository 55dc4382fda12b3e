namespace ProdReady.Application.Email;

/// <summary>The mails of a developer who has no mail server: they are files.</summary>
internal interface IMailFolder
{
    /// <returns>Null where the newest mail to the address has none, or where there is no mail.</returns>
    Task<string?> NewestLinkTo(string email, CancellationToken ct);
}
