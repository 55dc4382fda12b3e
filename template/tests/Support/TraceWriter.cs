using System.Diagnostics;

namespace ProdReady.Tests.Support;

/// <summary>
/// Sends the current trace, as HttpClient does by default: not in the process of the app, which tells no other service.
/// </summary>
internal sealed class TraceWriter : DelegatingHandler
{
    private static readonly DistributedContextPropagator W3C = DistributedContextPropagator.CreateW3CPropagator();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        if (!request.Headers.Contains("traceparent"))
        {
            W3C.Inject(Activity.Current, request, (_, name, value) => request.Headers.Add(name, value));
        }

        return base.SendAsync(request, ct);
    }
}
