namespace ProdReady.Application.Email;

/// <summary>In Development without a mail server, mails are files in .data/mail.</summary>
internal interface IMailFolder
{
    /// <returns>Null if there is no mail to the address, or no link in the newest one.</returns>
    Task<string?> NewestLinkTo(string email, CancellationToken ct);
}
