namespace ProdReadyTemplate.Tests;

/// <summary>Locks for work that two tests must not do at the same time.</summary>
internal static class Turn
{
    private static readonly SemaphoreSlim Generating = new(1);
    private static readonly SemaphoreSlim Testing = new(1);

    /// <summary>dotnet new writes a cache into the hive.</summary>
    public static Task<IDisposable> ToGenerate() => Take(Generating);

    public static Task<IDisposable> ToTest() => Take(Testing);

    private static async Task<IDisposable> Take(SemaphoreSlim turn)
    {
        await turn.WaitAsync(TestContext.Current.CancellationToken);

        return new Released(turn);
    }

    private sealed class Released(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
