using MimeKit;

namespace ProdReady.Infrastructure.Email;

/// <summary>Hands one mail over for good, or throws.</summary>
internal interface IEmailDelivery
{
    Task Deliver(MimeMessage message, CancellationToken ct);
}
