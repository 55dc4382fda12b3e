using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace ProdReady.Infrastructure;

internal static class Logging
{
    /// <summary>Readable lines in Development; elsewhere one JSON object a line, for whatever collects them.</summary>
    public static void AddLogging(this WebApplicationBuilder builder) =>
        builder.Services.AddSerilog(logger =>
        {
            logger
                .ReadFrom.Configuration(builder.Configuration)
                .Enrich.FromLogContext();

            if (builder.Environment.IsDevelopment())
            {
                logger.WriteTo.Console(
                    outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}");
            }
            else
            {
                logger.WriteTo.Console(new RenderedCompactJsonFormatter());
            }
        });

    /// <summary>One line a request. Probes come every few seconds and say nothing; they stay at Debug.</summary>
    public static void UseRequestLogging(this WebApplication app) =>
        app.UseSerilogRequestLogging(options => options.GetLevel = (context, _, _) =>
            context.Request.Path.StartsWithSegments("/health") ? LogEventLevel.Debug : LogEventLevel.Information);
}
