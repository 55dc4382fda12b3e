namespace ProdReady.Application.Email;

/// <summary>The mails of a developer who has no mail server: they are files.</summary>
internal interface IMailFolder
{
    /// <returns>Null where no mail to the address has a link.</returns>
    Task<string?> NewestLinkTo(string email, CancellationToken ct);
}
