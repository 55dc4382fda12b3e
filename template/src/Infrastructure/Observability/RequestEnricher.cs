using System.Security.Claims;
using Microsoft.AspNetCore.Diagnostics;
using Serilog.Core;
using Serilog.Events;

namespace ProdReady.Infrastructure.Observability;

/// <summary>Says in every line that is written during a request which route it is, and who is signed in.</summary>
internal sealed class RequestEnricher(IHttpContextAccessor accessor) : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory factory)
    {
        if (accessor.HttpContext is not { } context)
        {
            return;
        }

        // After an exception the request has lost its endpoint; the feature still knows it.
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        if (endpoint is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            logEvent.AddOrUpdateProperty(new LogEventProperty("Route", new ScalarValue(route)));
        }

        // Addresses are personal data. They are kept where they are needed to see an attack, and nowhere else.
        if (logEvent.Properties.ContainsKey("SecurityEvent"))
        {
            var address = $"{context.Connection.RemoteIpAddress}";
            logEvent.AddOrUpdateProperty(new LogEventProperty("ClientAddress", new ScalarValue(address)));
        }

        if (context.User.FindFirstValue("sub") is { } userId)
        {
            logEvent.AddOrUpdateProperty(new LogEventProperty("UserId", new ScalarValue(userId)));
        }
    }
}
