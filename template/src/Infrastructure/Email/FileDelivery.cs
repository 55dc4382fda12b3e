using MimeKit;

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// In Development without a mail server: each mail becomes an .eml file, which any mail program opens, and a log line.
/// </summary>
internal sealed class FileDelivery(IHostEnvironment environment, ILogger<FileDelivery> logger) : IEmailDelivery
{
    public async Task Deliver(MimeMessage message, CancellationToken ct)
    {
        var folder = Workspace.PathOf(environment, ".data", "mail");
        Directory.CreateDirectory(folder);

        var file = Path.Combine(folder, $"{DateTime.UtcNow:yyyyMMdd-HHmmss-fff}-{Guid.NewGuid():N}.eml");

        // A rename is atomic, so a reader of the folder never sees a half-written mail.
        await message.WriteToAsync(file + ".part", ct);
        File.Move(file + ".part", file);

        // Not the text: the link in it opens an account, and logs are copied to more places than files.
        logger.LogInformation("Mail to {Recipient}: {Subject} ({File})", message.To.ToString(), message.Subject, file);
    }
}
