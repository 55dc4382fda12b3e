using Serilog.Events;

namespace ProdReady.Infrastructure.Observability;

internal sealed class LogOptions
{
    public const string Section = "Serilog:MinimumLevel";

    /// <summary>What is less important is not logged.</summary>
    public LogEventLevel Default { get; init; } = LogEventLevel.Information;

    /// <summary>Other levels for categories: the beginnings of their names.</summary>
    public IReadOnlyDictionary<string, LogEventLevel> Override { get; init; } = new Dictionary<string, LogEventLevel>();
}
