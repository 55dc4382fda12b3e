using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>requests.http: its variables, and its requests in their order.</summary>
internal sealed partial class HttpFile
{
    public HttpFile(string text)
    {
        var parts = Heading().Split(text);
        Requests = [.. parts.Skip(1).Select(part => new Request(part))];
        foreach (Match variable in Variable().Matches(text))
        {
            Variables.Add(variable.Groups["name"].Value, variable.Groups["value"].Value);
        }
    }

    public IReadOnlyList<Request> Requests { get; }

    /// <summary>By name; the value can refer to the answer of a request, or be a text to replace by hand.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>A file with some of the requests, and with all variables at its beginning.</summary>
    public string With(IEnumerable<Request> requests) => string.Join('\n', [
        .. Variables.Where(variable => !Reference().IsMatch(variable.Value))
            .Select(variable => $"@{variable.Key} = {variable.Value}"),
        .. requests.Select(request => $"### {Variable().Replace(request.Text, "")}"),
    ]);

    /// <summary>A request with its heading and its comments.</summary>
    internal sealed class Request(string text)
    {
        public string Text => text;

        public string Title => text.Split('\n')[0];

        /// <summary>The status that its title says; null for any of 2xx.</summary>
        public string? Status => StatusInTitle().Match(Title) is { Success: true } status ? status.Value : null;

        public string? Name => NameComment().Match(text) is { Success: true } name ? name.Groups[1].Value : null;

        public IEnumerable<string> Defines =>
            Variable().Matches(text).Select(variable => variable.Groups["name"].Value);
    }

    [GeneratedRegex(@"^### ", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^@(?<name>\w+) = (?<value>.+)\n", RegexOptions.Multiline)]
    private static partial Regex Variable();

    /// <summary>What Visual Studio and VS Code take from the answer to a named request.</summary>
    [GeneratedRegex(@"^\{\{(?<request>\w+)\.response\.body\.\$\.(?<member>\w+)\}\}$")]
    internal static partial Regex Reference();

    [GeneratedRegex(@"^# @name (\w+)\n[A-Z]+ ", RegexOptions.Multiline)]
    private static partial Regex NameComment();

    [GeneratedRegex(@"\d{3}$")]
    private static partial Regex StatusInTitle();
}
