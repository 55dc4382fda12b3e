namespace ProdReadyTemplate.Tests;

/// <summary>What no two tests may do at the same moment.</summary>
internal static class Turn
{
    private static readonly SemaphoreSlim Generating = new(1);
    private static readonly SemaphoreSlim Testing = new(1);

    /// <summary>dotnet new writes what it has found into the hive.</summary>
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
