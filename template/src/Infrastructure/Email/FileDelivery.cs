using MimeKit;
//#if (Sample)
using ProdReady.Application.Email;
//#endif

namespace ProdReady.Infrastructure.Email;

/// <summary>
/// In Development without a mail server: each mail becomes an .eml file, which any mail program opens, and a log line.
/// </summary>
internal sealed class FileDelivery(IHostEnvironment environment, ILogger<FileDelivery> logger) : IEmailDelivery
{
    public static string FolderOf(IHostEnvironment environment) => Workspace.PathOf(environment, ".data", "mail");

    public async Task Deliver(MimeMessage message, CancellationToken ct)
    {
        var folder = FolderOf(environment);
        Directory.CreateDirectory(folder);

        var file = Path.Combine(folder, $"{DateTime.UtcNow:yyyyMMdd-HHmmss-fff}-{Guid.NewGuid():N}.eml");

        // A rename is atomic, so a reader of the folder never sees a half-written mail.
        await message.WriteToAsync(file + ".part", ct);
        File.Move(file + ".part", file);

        // Not the text: the link in it opens an account, and logs are copied to more places than files.
        logger.LogInformation("Mail to {Recipient}: {Subject} ({File})", message.To.ToString(), message.Subject, file);
    }
}
//#if (Sample)

internal sealed class MailFolder(IHostEnvironment environment) : IMailFolder
{
    public async Task<string?> NewestLinkTo(string email, CancellationToken ct)
    {
        // File names begin with the time.
        var folder = new DirectoryInfo(FileDelivery.FolderOf(environment));
        var files = folder.Exists ? folder.GetFiles("*.eml") : [];
        foreach (var file in files.OrderByDescending(file => file.Name))
        {
            var mail = await MimeMessage.LoadAsync(file.FullName, ct);
            if (mail.To.Mailboxes.Any(to => to.Address.Equals(email, StringComparison.OrdinalIgnoreCase)))
            {
                // Not in an older mail, whose link may have been used.
                return mail.TextBody?.Split('\n', '\r').FirstOrDefault(line => line.Contains("token="));
            }
        }

        return null;
    }
}
//#endif
