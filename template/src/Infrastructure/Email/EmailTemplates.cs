using System.Text.Encodings.Web;

namespace ProdReady.Infrastructure.Email;

internal sealed record EmailContent(string Subject, string Text, string Html);

/// <summary>
/// Fills the files in Templates: the first line is the subject, the rest the text, with placeholders such as {link}.
/// The HTML part has the same paragraphs; a {link} that is a paragraph of its own becomes an anchor.
/// </summary>
internal static partial class EmailTemplates
{
    private const string SubjectLine = "Subject: ";

    public static EmailContent Fill(string template, IReadOnlyDictionary<string, string> values)
    {
        var file = FileOf($"{template}.txt").Split("\n\n", 2);
        var subject = Replace(file[0][SubjectLine.Length..], values);
        var encoded = values.ToDictionary(value => value.Key, value => Encode(value.Value));
        var paragraphs = file[1].Trim().Split("\n\n").Select(paragraph => $"<p>{Html(paragraph, encoded)}</p>");
        var html = Replace(FileOf("layout.html"), new Dictionary<string, string>
        {
            ["subject"] = Encode(subject),
            ["body"] = string.Join('\n', paragraphs),
        });

        return new EmailContent(subject, Replace(file[1], values), html);
    }

    private static string Html(string paragraph, IReadOnlyDictionary<string, string> values)
    {
        var filled = Replace(paragraph, values);

        return paragraph == "{link}" ? $"<a href=\"{filled}\">{filled}</a>" : filled;
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
