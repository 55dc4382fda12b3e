using System.Text.Encodings.Web;

namespace ProdReady.Infrastructure.Email;

internal sealed record EmailContent(string Subject, string Text, string Html);

/// <summary>
/// Fills the files in Templates: the first line is the subject, the rest the text, with placeholders such as {link};
/// {app} is the name of the product. The HTML part has the same paragraphs; a {link} that is a paragraph of its own
/// becomes a button, with the link below it for those who copy it.
/// </summary>
internal static partial class EmailTemplates
{
    private const string SubjectLine = "Subject: ";

    public static EmailContent Fill(Application.Email.Email email, string app)
    {
        var values = new Dictionary<string, string>(email.Values) { ["app"] = app };
        var file = FileOf($"{email.Template}.txt").Split("\n\n", 2);
        var subject = Replace(file[0][SubjectLine.Length..], values);
        var encoded = values.ToDictionary(value => value.Key, value => Encode(value.Value));
        encoded["subject"] = Encode(subject);
        encoded["body"] = string.Join('\n', file[1].Trim().Split("\n\n").Select(paragraph =>
            Replace(paragraph == "{link}" ? FileOf("link.html").Trim() : $"<p>{paragraph}</p>", encoded)));

        return new EmailContent(subject, Replace(file[1], values), Replace(FileOf("layout.html"), encoded));
    }

    // One pass: braces in a value are text, and not placeholders.
    private static string Replace(string text, IReadOnlyDictionary<string, string> values) =>
        Placeholder().Replace(text, match => values[match.Groups["name"].Value]);

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private static string FileOf(string name) =>
        Encoding.UTF8.GetString(EmbeddedFile.Read($"Infrastructure/Email/Templates/{name}")).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\{(?<name>\w+)\}")]
    private static partial Regex Placeholder();
}
