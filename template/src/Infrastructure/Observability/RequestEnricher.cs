using System.Security.Claims;
using Microsoft.AspNetCore.Diagnostics;
using Serilog.Core;
using Serilog.Events;

namespace ProdReady.Infrastructure.Observability;

/// <summary>Adds the route and the id of the signed-in user to all log lines of a request.</summary>
internal sealed class RequestEnricher(IHttpContextAccessor accessor) : ILogEventEnricher
{
    /// <summary>The route pattern, such as /things/{id}.</summary>
    public static string? RouteOf(HttpContext context)
    {
        // ExceptionHandlerMiddleware clears the endpoint; its feature still has it.
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;

        return (endpoint as RouteEndpoint)?.RoutePattern.RawText;
    }

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory factory)
    {
        if (accessor.HttpContext is not { } context)
        {
            return;
        }

        if (RouteOf(context) is { } route)
        {
            logEvent.AddOrUpdateProperty(new LogEventProperty("Route", new ScalarValue(route)));
        }

        // IP addresses are personal data: only security events have them, to recognise an attack.
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
