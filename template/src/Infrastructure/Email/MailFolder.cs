using System.Text.RegularExpressions;
using MimeKit;
using ProdReady.Application.Email;

namespace ProdReady.Infrastructure.Email;

internal sealed partial class MailFolder(IHostEnvironment environment) : IMailFolder
{
    private readonly DirectoryInfo folder = new(Workspace.PathOf(environment, ".data", "mail"));

    public async Task<string?> NewestLinkTo(string email, CancellationToken ct)
    {
        // File names begin with the time.
        var files = folder.Exists ? folder.GetFiles("*.eml") : [];
        foreach (var file in files.OrderByDescending(file => file.Name))
        {
            var mail = await MimeMessage.LoadAsync(file.FullName, ct);
            if (mail.To.Mailboxes.Any(to => to.Address.Equals(email, StringComparison.OrdinalIgnoreCase)))
            {
                // Links in older mails may have been used.
                return Link().Match(mail.TextBody ?? "") is { Success: true } link ? link.Value : null;
            }
        }

        return null;
    }

    [GeneratedRegex(@"https?://\S+token=\S+")]
    private static partial Regex Link();
}
