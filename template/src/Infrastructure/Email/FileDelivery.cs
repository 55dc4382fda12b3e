using MimeKit;
using ProdReady.Application;

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// Development without a mail server: each mail is a file that any mail program opens, and a log line.
/// </summary>
internal sealed class FileDelivery(IHostEnvironment environment, ILogger<FileDelivery> logger) : IEmailDelivery
{
    public async Task Deliver(MimeMessage message, CancellationToken ct)
    {
        var folder = Workspace.PathOf(environment, ".data", "mail");
        Directory.CreateDirectory(folder);

        var file = Path.Combine(folder, $"{DateTime.UtcNow:yyyyMMdd-HHmmss-fff}-{Guid.NewGuid():N}.eml");

        // Whoever watches the folder never sees half a mail.
        await message.WriteToAsync(file + ".part", ct);
        File.Move(file + ".part", file);

        // Without what it says: the link in it opens an account, and logs travel further than files.
        logger.LogInformation("Mail to {Recipient}: {Subject} ({File})", message.To.ToString(), message.Subject, file);
    }
}
