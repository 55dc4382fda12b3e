using System.Collections.Concurrent;
using Serilog.Core;
using Serilog.Events;

namespace ProdReady.Tests.Support;

/// <summary>Records the log of one app.</summary>
internal sealed class LogRecorder : ILogEventSink
{
    private readonly ConcurrentQueue<LogEvent> lines = new();

    public IEnumerable<LogEvent> Lines => lines;

    /// <summary>The lines of one request.</summary>
    public IEnumerable<LogEvent> Of(string traceId) => lines.Where(line => line.TraceId?.ToHexString() == traceId);

    /// <summary>The names of the security events, in order.</summary>
    public IEnumerable<string> SecurityEvents => lines
        .Select(line => line.Properties.GetValueOrDefault("SecurityEvent"))
        .OfType<ScalarValue>()
        .Select(name => (string)name.Value!);

    public void Emit(LogEvent logEvent) => lines.Enqueue(logEvent);
}
