using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ProdReadyTemplate.Tests;

/// <summary>Where the mails of a running app are.</summary>
/// <returns>The newest mail to an address; empty if there is none.</returns>
internal delegate Task<string> Mailbox(string address);

internal static class Mailboxes
{
    /// <summary>The folder in which a project writes its mails in Development.</summary>
    public static Mailbox FolderOf(Project project) => address =>
    {
        var folder = new DirectoryInfo(Path.Combine(project.Folder, ".data", "mail"));
        var files = folder.Exists ? folder.GetFiles("*.eml") : [];
        var texts = files.OrderByDescending(file => file.LastWriteTimeUtc)
            .Select(file => File.ReadAllText(file.FullName));

        return Task.FromResult(texts.FirstOrDefault(text => text.Contains($"To: {address}")) ?? "");
    };

    /// <summary>Mailpit, which lists the newest mail first.</summary>
    public static Mailbox Mailpit(HttpClient mailpit) => async address =>
    {
        var list = await mailpit.GetFromJsonAsync<JsonNode>("/api/v1/messages");
        var mine = list!["messages"]!.AsArray()
            .FirstOrDefault(mail => mail!["To"]![0]!["Address"]!.GetValue<string>() == address);

        return mine is null ? "" : await mailpit.GetStringAsync($"/view/{mine["ID"]}.txt");
    };
}
