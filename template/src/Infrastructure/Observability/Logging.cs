using System.Security.Claims;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace ProdReady.Infrastructure.Observability;

internal static class Logging
{
    // Clients choose the method and the path; longer ones are cut, so that they cannot fill the disk.
    private const int MaxLoggedLength = 200;

    private static readonly string[] LoggedElsewhere =
    [
        "Microsoft.AspNetCore.Authentication.JwtBearer.JwtBearerHandler",
        "Microsoft.AspNetCore.DataProtection.KeyManagement.KeyRingProvider",
        "Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware",
        "Microsoft.Extensions.Diagnostics.HealthChecks",
        "Polly",
    ];

    // Below Warning they write what may hold secrets: queries, with the tokens of mailed links, requests that Kestrel
    // cannot parse, and what other services send and get.
    private static readonly string[] Confidential =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests",
        "Polly",
        "System.Net.Http.HttpClient",
    ];

    /// <summary>Plain text in Development, elsewhere one JSON object a line, for a log collector.</summary>
    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<LogOptions>(LogOptions.Section);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<ILogEventEnricher, RequestEnricher>();

        builder.Services.AddSerilog(
            (services, logger) =>
            {
                logger.ReadFrom.Services(services).Enrich.FromLogContext()
                    .Filter.ByExcluding(IsAboutUnreadBody)
                    .Filter.ByExcluding(IsConfidential)
                    .Filter.ByExcluding(IsAboutStart);
                SetLevels(logger.MinimumLevel, builder.Configuration.GetSection(LogOptions.Section));

                if (builder.Environment.IsDevelopment())
                {
                    logger.WriteTo.Console(
                        outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj} {TraceId}{NewLine}{Exception}");
                }
                else
                {
                    logger.WriteTo.Console(new RenderedCompactJsonFormatter());
                }
            },
            preserveStaticLogger: true);
    }

    /// <summary>One line a request. Health probes come every few seconds; their lines are at Debug.</summary>
    public static void UseRequestLogging(this WebApplication app) =>
        app.UseSerilogRequestLogging(options =>
        {
            options.Logger = app.Services.GetRequiredService<Serilog.ILogger>();
            options.MessageTemplate = "{RequestMethod:l} {RequestPath:l} {StatusCode} in {Elapsed:0} ms";
            options.GetLevel = (context, _, _) =>
                context.Request.Path.StartsWithSegments("/health") ? LogEventLevel.Debug : LogEventLevel.Information;
            options.GetMessageTemplateProperties = (context, _, elapsed, status) =>
            [
                Property("RequestMethod", Short(context.Request.Method)),
                // Escaped: a line break in it would forge a line. Without the query, which may hold secrets.
                Property("RequestPath", Short(context.Request.Path.ToUriComponent())),
                Property("StatusCode", status),
                Property("Elapsed", elapsed),
            ];
        });

    // Kestrel logs an error when the reading of a body was cancelled, by a timeout or because the client disconnected,
    // and closes the connection. Both are expected.
    private static bool IsAboutUnreadBody(LogEvent line) =>
        line.Properties.GetValueOrDefault("EventId") is StructureValue { Properties: var parts }
        && parts.Any(part => part.Value is ScalarValue { Value: "RequestBodyDrainBodyReaderInvalidState" });

    // The host logs these with a stack trace. Serving reports the first in one line; SIGTERM causes the second.
    private static bool IsAboutStart(LogEvent line) => line.MessageTemplate.Text == "Hosting failed to start"
        && line.Exception is { InnerException: AddressInUseException } or OperationCanceledException;

    // Not by a minimum level, which settings could lower.
    private static bool IsConfidential(LogEvent line) =>
        line.Level < LogEventLevel.Warning
        && line.Properties.GetValueOrDefault(Constants.SourceContextPropertyName) is ScalarValue { Value: string name }
        && Confidential.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static void SetLevels(Serilog.Configuration.LoggerMinimumLevelConfiguration minimum, IConfiguration levels)
    {
        // Their failures are logged where they are caught; these lines would be a second error.
        foreach (var category in LoggedElsewhere)
        {
            minimum.Override(category, LogEventLevel.Fatal);
        }

        minimum.Is(LevelOf(levels["Default"]));
        foreach (var category in levels.GetSection("Override").GetChildren())
        {
            minimum.Override(category.Key, LevelOf(category.Value));
        }
    }

    // An invalid level is reported by the validation of LogOptions, which runs later and needs a logger.
    private static LogEventLevel LevelOf(string? name) =>
        Enum.TryParse<LogEventLevel>(name, ignoreCase: true, out var level) ? level : LogEventLevel.Information;

    private static LogEventProperty Property(string name, object value) => new(name, new ScalarValue(value));

    private static string Short(string text) => text.Length <= MaxLoggedLength ? text : text[..MaxLoggedLength] + "…";
}

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

internal sealed class LogOptions
{
    public const string Section = "Serilog:MinimumLevel";

    /// <summary>The minimum level.</summary>
    public LogEventLevel Default { get; init; } = LogEventLevel.Information;

    /// <summary>Minimum levels by category, such as Microsoft.EntityFrameworkCore.</summary>
    public IReadOnlyDictionary<string, LogEventLevel> Override { get; init; } = new Dictionary<string, LogEventLevel>();
}
