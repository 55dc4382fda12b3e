namespace ProdReady.Tests.Support;

/// <summary>Waits for what happens after the answer: mails, log lines, events.</summary>
internal static class Eventual
{
    // Some of it takes a minute on an idle machine, such as a mail after an outage.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(120);

    public static Task Happens(Func<bool> condition) => Happens(() => Task.FromResult(condition()));

    /// <summary>For limits with a window of an hour or a day: a new window must not start during the test.</summary>
    public static async Task IsNotTheEndOfTheHour()
    {
        while (DateTime.UtcNow.Minute == 59)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Scenarios.Ct);
        }
    }

    public static async Task Happens(Func<Task<bool>> condition)
    {
        var deadline = DateTime.UtcNow + Timeout;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, $"It did not happen within {Timeout}.");
            await Task.Delay(20, Scenarios.Ct);
        }
    }
}
