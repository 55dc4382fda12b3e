using System.Text.Json;

namespace ProdReady.Tests.Support;

internal static class TicketScenarios
{
    public const string Tickets = "/api/v1/tickets";

    public static string PathOf(JsonElement ticket) => $"{Tickets}/{ticket.Text("id")}";

    public static async Task<JsonElement> OpenTicket(
        this HttpClient client, string title = "Printer is on fire", string description = "")
    {
        var response = await client.Post(Tickets, new { title, description });
        response.EnsureSuccessStatusCode();

        return await response.Json();
    }

    public static Task<HttpResponseMessage> Edit(
        this HttpClient client, JsonElement ticket, string? ifMatch, string title = "Printer is repaired") =>
        client.Send(HttpMethod.Put, PathOf(ticket), new { title, description = "It was", priority = "low" }, ifMatch);

    public static Task<HttpResponseMessage> Close(this HttpClient client, JsonElement ticket, string? ifMatch = null) =>
        client.Send(HttpMethod.Post, $"{PathOf(ticket)}/close", body: null, ifMatch);
}
