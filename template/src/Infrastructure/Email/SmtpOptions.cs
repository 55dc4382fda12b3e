using System.ComponentModel.DataAnnotations;
using MimeKit;

namespace ProdReady.Infrastructure.Email;

internal sealed class SmtpOptions : IValidatableObject
{
    public const string Section = "Smtp";

    /// <summary>Empty, in Development: mails become files in .data/mail.</summary>
    public string Host { get; init; } = "";

    [Range(1, 65535)]
    public int Port { get; init; } = 587;

    /// <summary>Empty: the server asks for no sign-in.</summary>
    public string UserName { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>The address that mails come from. Servers refuse one that does not belong to the sender.</summary>
    public string From { get; init; } = "";

    /// <summary>Encrypts, or does not send. Off only for a server on the same machine.</summary>
    public bool UseTls { get; init; } = true;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Host.Length == 0 && !context.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            yield return new ValidationResult(
                $"{Section}:Host is missing; without a mail server nobody can confirm an address.");
        }

        if (!MailboxAddress.TryParse(From, out var from) || from.Domain.Length == 0)
        {
            yield return new ValidationResult(
                $"{Section}:From must be the address that mails come from, such as noreply@app.example.");
        }

        if (UserName.Length > 0 != Password.Length > 0)
        {
            yield return new ValidationResult(
                $"{Section}:UserName and {Section}:Password go together; one of them is missing.");
        }
    }
}
