using System.Text;

namespace ProdReady.Tests.Support;

/// <summary>
/// The console of all tests. Output from the call chain of a test that captures it (an AsyncLocal) is also given to
/// that test, and to no test that runs in parallel.
/// </summary>
internal sealed class CallerWriter(TextWriter all, Func<CallerWriter.Captured, StringWriter> own) : TextWriter
{
    private static readonly AsyncLocal<Captured?> Caller = new();

    public override Encoding Encoding => all.Encoding;

    public static Captured Capture() => Caller.Value = new Captured();

    public override void Write(char value) => Write([value], index: 0, count: 1);

    public override void Write(char[] buffer, int index, int count)
    {
        if (Caller.Value is { } caller)
        {
            var writer = own(caller);
            lock (caller)
            {
                writer.Write(buffer, index, count);
            }
        }

        all.Write(buffer, index, count);
    }

    internal sealed class Captured : IDisposable
    {
        public StringWriter Output { get; } = new();

        public StringWriter Errors { get; } = new();

        public void Dispose() => Caller.Value = null;
    }
}
