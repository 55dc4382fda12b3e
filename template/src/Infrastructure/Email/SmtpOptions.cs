using System.ComponentModel.DataAnnotations;

namespace ProdReady.Infrastructure.Email;

internal sealed class SmtpOptions
{
    public const string Section = "Smtp";

    /// <summary>Empty, in Development: mails become files in .data/mail.</summary>
    public string Host { get; init; } = "";

    [Range(1, 65535)]
    public int Port { get; init; } = 587;

    /// <summary>Empty: the server asks for no sign-in.</summary>
    public string UserName { get; init; } = "";

    public string Password { get; init; } = "";

    [Required]
    public string From { get; init; } = "noreply@localhost";

    /// <summary>Encrypts, or does not send. Off only for a server on the same machine.</summary>
    public bool UseTls { get; init; } = true;
}
