using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

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
        var subject = Fill(file[0][SubjectLine.Length..], values, encode: text => text);
        var text = Fill(file[1], values, encode: text => text);
        var paragraphs = file[1].Trim().Split("\n\n").Select(paragraph => $"<p>{Html(paragraph, values)}</p>");
        var html = Fill(
            FileOf("layout.html"),
            new Dictionary<string, string>
            {
                ["subject"] = Encode(subject),
                ["body"] = string.Join('\n', paragraphs),
            },
            encode: part => part);

        return new EmailContent(subject, text, html);
    }

    private static string Html(string paragraph, IReadOnlyDictionary<string, string> values)
    {
        var filled = Fill(paragraph, values, Encode);

        return paragraph == "{link}" ? $"<a href=\"{filled}\">{filled}</a>" : filled;
    }

    // One pass: braces in a value are text, and not placeholders.
    private static string Fill(
        string text, IReadOnlyDictionary<string, string> values, Func<string, string> encode) =>
        Placeholder().Replace(text, match => encode(values[match.Groups["name"].Value]));

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private static string FileOf(string name) =>
        Encoding.UTF8.GetString(EmbeddedFile.Read($"Infrastructure/Email/Templates/{name}")).ReplaceLineEndings("\n");

    [GeneratedRegex(@"\{(?<name>\w+)\}")]
    private static partial Regex Placeholder();
}
