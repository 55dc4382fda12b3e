namespace ProdReady.Tests.Support;

/// <summary>For what happens after the answer: mails, log lines, events.</summary>
internal static class Eventual
{
    // What takes a minute by promise, such as mails after an outage, on a machine that is busy.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static Task Happens(Func<bool> condition) => Happens(() => Task.FromResult(condition()));

    /// <summary>For what counts by the hour or by the day: the count must not begin anew in the middle.</summary>
    public static async Task IsNotTheEndOfTheHour()
    {
        while (DateTime.UtcNow.Minute == 59)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Stories.Ct);
        }
    }

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
