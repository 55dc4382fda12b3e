using System.Collections.Concurrent;
using Serilog.Core;
using Serilog.Events;

namespace ProdReady.Tests.Support;

/// <summary>What one app has logged.</summary>
internal sealed class LogRecorder : ILogEventSink
{
    private readonly ConcurrentQueue<LogEvent> lines = new();

    public IEnumerable<LogEvent> Lines => lines;

    /// <summary>The lines of one request.</summary>
    public IEnumerable<LogEvent> Of(string traceId) => lines.Where(line => line.TraceId?.ToHexString() == traceId);

    /// <summary>The names of the security events, as they came.</summary>
    public IEnumerable<string> SecurityEvents => lines
        .Select(line => line.Properties.GetValueOrDefault("SecurityEvent"))
        .OfType<ScalarValue>()
        .Select(name => (string)name.Value!);

    public void Emit(LogEvent logEvent) => lines.Enqueue(logEvent);
}
