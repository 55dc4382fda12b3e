using MimeKit;

namespace ProdReady.Infrastructure.Email;

/// <summary>Hands one mail over for good, or throws.</summary>
internal interface IEmailDelivery
{
    Task Deliver(MimeMessage message, CancellationToken ct);
}

/// <summary>The server will never take this mail; there is no such mailbox, say. Trying again would be rude.</summary>
internal sealed class EmailRejectedException(string message) : Exception(message);

/// <summary>The server does not take it now.</summary>
internal sealed class EmailDeferredException(string message) : Exception(message);
