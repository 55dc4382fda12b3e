namespace ProdReady.Tests.Support;

/// <summary>For what happens after the answer: mails, log lines, events.</summary>
internal static class Eventual
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task Happens(Func<bool> condition) => Happens(() => Task.FromResult(condition()));

    public static async Task Happens(Func<Task<bool>> condition)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, $"It did not happen within {Patience}.");
            await Task.Delay(20, Stories.Ct);
        }
    }
}
