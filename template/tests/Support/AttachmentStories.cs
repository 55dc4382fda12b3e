using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Infrastructure.Files;

namespace ProdReady.Tests.Support;

internal static class AttachmentStories
{
    public static string PathOf(JsonElement ticket) => $"{TicketStories.PathOf(ticket)}/attachments";

    public static string PathOf(JsonElement ticket, JsonElement attachment) =>
        $"{PathOf(ticket)}/{attachment.Text("id")}";

    public static Task<HttpResponseMessage> Attach(
        this HttpClient client, JsonElement ticket, byte[] content, string fileName = "photo.png", string? key = null) =>
        client.Upload(PathOf(ticket), content, fileName, key: key);

    /// <summary>Where the content lies.</summary>
    public static string ContentOf(this App app, JsonElement attachment)
    {
        var id = Guid.Parse(attachment.Text("id")).ToString("N");

        return Path.Combine(app.Folder, ".data", "uploads", "attachments", id[^2..], id);
    }

    /// <summary>As if all that lies there were old.</summary>
    public static async Task RemoveOrphans(this App app)
    {
        foreach (var file in app.Contents().Concat(app.Contents("incoming")).ToList())
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        }

        await app.Services.GetRequiredService<OrphanedFiles>().Remove(Stories.Ct);
    }

    public static IEnumerable<string> Contents(this App app, string folder = "attachments")
    {
        var root = Path.Combine(app.Folder, ".data", "uploads", folder);

        return Directory.Exists(root) ? Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories) : [];
    }
}
