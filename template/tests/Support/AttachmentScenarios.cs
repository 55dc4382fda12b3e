using System.Text.Json;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Support;

internal static class AttachmentScenarios
{
    public static string PathOf(JsonElement ticket) => $"{TicketScenarios.PathOf(ticket)}/attachments";

    public static string PathOf(JsonElement ticket, JsonElement attachment) =>
        $"{PathOf(ticket)}/{attachment.Text("id")}";

    public static Task<HttpResponseMessage> Attach(
        this HttpClient client,
        JsonElement ticket,
        byte[] content,
        string fileName = "photo.png",
        string? key = null) => client.Upload(PathOf(ticket), content, fileName, key: key);

    /// <summary>Where the content lies on disk.</summary>
    public static string ContentOf(this App app, JsonElement attachment) =>
        app.ContentOf("attachments", Guid.Parse(attachment.Text("id")));
}
