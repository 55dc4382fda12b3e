using ProdReady.Application;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace ProdReady.Infrastructure.Observability;

internal static class Logging
{
    // Enough to recognise a request by, too little to fill a disk with.
    private const int MaxLoggedLength = 200;

    private static readonly string[] SaidElsewhere =
    [
        "Microsoft.AspNetCore.Authentication.JwtBearer.JwtBearerHandler",
        "Microsoft.AspNetCore.DataProtection.KeyManagement.KeyRingProvider",
        "Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware",
        "Microsoft.Extensions.Diagnostics.HealthChecks",
        "Polly",
    ];

    /// <summary>Readable lines in Development; elsewhere one JSON object a line, for whatever collects them.</summary>
    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<LogOptions>(LogOptions.Section);
        builder.Services.AddSettings<SentryOptions>(SentryOptions.Section);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<ILogEventEnricher, RequestEnricher>();
        builder.Services.AddSingleton<ILogEventSink, SentrySink>();

        builder.Services.AddSerilog(
            (services, logger) =>
            {
                logger.ReadFrom.Services(services).Enrich.FromLogContext().Filter.ByExcluding(IsAboutUnreadBody);
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

    /// <summary>One line a request. Probes come every few seconds and say nothing; they stay at Debug.</summary>
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
                // Escaped, so that it stays on its line; without the query, which may carry anything.
                Property("RequestPath", Short(context.Request.Path.ToUriComponent())),
                Property("StatusCode", status),
                Property("Elapsed", elapsed),
            ];
        });

    // Kestrel calls it an error when somebody stopped in the middle of reading a body, because the time was over or the
    // client gone. It closes the connection then, which is right.
    private static bool IsAboutUnreadBody(LogEvent line) =>
        line.Properties.GetValueOrDefault("EventId") is StructureValue { Properties: var parts }
        && parts.Any(part => part.Value is ScalarValue { Value: "RequestBodyDrainBodyReaderInvalidState" });

    private static void SetLevels(Serilog.Configuration.LoggerMinimumLevelConfiguration minimum, IConfiguration levels)
    {
        // What goes wrong there is said by whoever catches it; these would make it a second error.
        foreach (var category in SaidElsewhere)
        {
            minimum.Override(category, LogEventLevel.Fatal);
        }

        minimum.Is(LevelOf(levels["Default"]));
        foreach (var category in levels.GetSection("Override").GetChildren())
        {
            minimum.Override(category.Key, LevelOf(category.Value));
        }
    }

    // A level that cannot be read is named by the check of the settings, which comes when there is a log already.
    private static LogEventLevel LevelOf(string? name) =>
        Enum.TryParse<LogEventLevel>(name, ignoreCase: true, out var level) ? level : LogEventLevel.Information;

    private static LogEventProperty Property(string name, object value) => new(name, new ScalarValue(value));

    private static string Short(string text) => text.Length <= MaxLoggedLength ? text : text[..MaxLoggedLength] + "…";
}

internal sealed class LogOptions
{
    public const string Section = "Serilog:MinimumLevel";

    /// <summary>What is less important is not logged.</summary>
    public LogEventLevel Default { get; init; } = LogEventLevel.Information;

    /// <summary>Other levels for categories: the beginnings of their names.</summary>
    public IReadOnlyDictionary<string, LogEventLevel> Override { get; init; } = new Dictionary<string, LogEventLevel>();
}
