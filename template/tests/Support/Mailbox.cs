using MimeKit;

namespace ProdReady.Tests.Support;

/// <summary>The mails of an app without a mail server: .eml files, each of which is parsed once.</summary>
internal sealed class Mailbox(App app)
{
    private readonly Lock mutex = new();

    // File names begin with the time.
    private readonly SortedDictionary<string, MimeMessage> mails = new(StringComparer.Ordinal);

    /// <summary>The mails to an address so far, oldest first.</summary>
    public List<MimeMessage> To(string email)
    {
        var folder = Path.Combine(app.Folder, ".data", "mail");
        lock (mutex)
        {
            foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.eml") : [])
            {
                if (!mails.ContainsKey(file))
                {
                    mails.Add(file, MimeMessage.Load(file));
                }
            }

            return [.. mails.Values.Where(mail => mail.To.Mailboxes.Any(mailbox => mailbox.Address == email))];
        }
    }
}
