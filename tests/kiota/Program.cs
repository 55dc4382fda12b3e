// What another service does with the client that Kiota makes: signs in, opens a ticket, edits it, attaches a file.
using Client;
using Client.Models;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;
using Microsoft.Kiota.Http.HttpClientLibrary.Middleware.Options;

var (address, email, password) = (args[0], args[1], args[2]);
var anonymous = new ApiClient(AdapterWith(new AnonymousAuthenticationProvider()));
var tokens = await anonymous.Api.V1.Auth.Login.PostAsync(new() { Email = email, Password = password });
var adapter = AdapterWith(new BaseBearerTokenAuthenticationProvider(new AccessToken(tokens!.AccessToken!)));
var api = new ApiClient(adapter);

var headers = new HeadersInspectionHandlerOption { InspectResponseHeaders = true };
var ticket = await api.Api.V1.Tickets.PostAsync(
    new() { Title = "Printer is on fire", Priority = OpenTicketRequest_priority.High },
    request => request.Options.Add(headers));
var eTag = headers.ResponseHeaders["ETag"].Single();

var change = new EditTicketRequest
{
    Title = ticket!.Title,
    Description = "Third floor",
    Priority = TicketPriority.Low,
};
var edited = await api.Api.V1.Tickets[ticket.Id!.Value].PutAsync(
    change, request => request.Headers.Add("If-Match", eTag));
Expect("Third floor", edited!.Description);

try
{
    await api.Api.V1.Tickets[ticket.Id.Value].PutAsync(change, request => request.Headers.Add("If-Match", eTag));
    throw new InvalidOperationException("A stale ETag was taken.");
}
catch (ProblemResponse problem)
{
    Expect("urn:problem-type:precondition-failed", problem.Type);
}

var content = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
var form = new MultipartBody();
form.AddOrReplacePart("file", "image/gif", new MemoryStream(content), "photo.gif");
var attachment = await api.Api.V1.Tickets[ticket.Id.Value].Attachments.PostAsync(form);
Expect("photo.gif", attachment!.FileName);

// Since the answer may be a 304, Kiota makes a GetAsync that returns nothing.
var request = api.Api.V1.Tickets[ticket.Id.Value].Attachments[attachment.Id!.Value].ToGetRequestInformation();
await using var download = await adapter.SendPrimitiveAsync<Stream>(request);
var copy = new MemoryStream();
await download!.CopyToAsync(copy);
Expect(Convert.ToBase64String(content), Convert.ToBase64String(copy.ToArray()));

HttpClientRequestAdapter AdapterWith(IAuthenticationProvider authentication) =>
    new(authentication) { BaseUrl = address };

static void Expect(string expected, string? actual)
{
    if (actual != expected)
    {
        throw new InvalidOperationException($"Expected {expected}, got {actual}.");
    }
}

internal sealed class AccessToken(string token) : IAccessTokenProvider
{
    public AllowedHostsValidator AllowedHostsValidator { get; } = new();

    public Task<string> GetAuthorizationTokenAsync(
        Uri uri, Dictionary<string, object>? context = null, CancellationToken ct = default) => Task.FromResult(token);
}
