using System.Collections.Concurrent;
using System.Diagnostics;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// Callers that each send the next call when they have the answer to the one before, until it is disposed. None of the
/// calls may fail.
/// </summary>
internal sealed class RepeatedCalls : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<string> failures = new();
    private readonly Task calls;
    private long longest;
    private int count;

    public RepeatedCalls(params Func<Task>[] calls) =>
        this.calls = Task.WhenAll(calls.Select(call => Task.Run(() => Repeat(call))));

    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref longest));

    public int Count => count;

    public void ShouldHaveNoFailure() => Assert.Empty(failures);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await calls;
        stop.Dispose();
    }

    private async Task Repeat(Func<Task> call)
    {
        while (!stop.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await call();
                Interlocked.Increment(ref count);
            }
            catch (Exception exception)
            {
                failures.Enqueue(exception.Message);
            }

            var took = Stopwatch.GetElapsedTime(started).Ticks;
            for (var seen = longest; took > seen; seen = longest)
            {
                Interlocked.CompareExchange(ref longest, took, seen);
            }

            await Task.Delay(Pause);
        }
    }
}
