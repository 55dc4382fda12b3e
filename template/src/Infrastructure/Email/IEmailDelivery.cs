using MimeKit;

namespace ProdReady.Infrastructure.Email;

/// <summary>Returns once the mail is accepted, else throws.</summary>
internal interface IEmailDelivery
{
    Task Deliver(MimeMessage message, CancellationToken ct);
}

/// <summary>A permanent failure (5xx), such as an unknown mailbox: the mail is not retried.</summary>
internal sealed class EmailRejectedException(string message) : Exception(message);

/// <summary>A temporary failure: the mail is retried.</summary>
internal sealed class EmailDeferredException(string message) : Exception(message);
