using ProdReady.Api.RateLimiting;

namespace ProdReady.Tests.Platform.RateLimiting;

// Measures the memory of the whole process, and so that of all tests that run at the same time.
[CollectionDefinition(nameof(RateLimitMemoryTests), DisableParallelization = true)]
[Collection(nameof(RateLimitMemoryTests))]
public sealed class RateLimitMemoryTests
{
    [Fact]
    public void Two_hundred_thousand_clients_take_no_more_memory_than_fifty_thousand()
    {
        var limit = new RateLimit("api", permitLimit: 300, TimeSpan.FromMinutes(1));
        var windowEnd = DateTimeOffset.UtcNow.AddMinutes(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 200_000; i++)
        {
            Assert.Equal(299, limit.Take($"client {i}", windowEnd));
            Assert.InRange(limit.ClientCount, 1, RateLimit.MaxClients);
        }

        // Unbounded it would be some 60 MB more.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024 * 1024);
        Assert.Equal(299, limit.Take("client 0", windowEnd.AddMinutes(1)));
        Assert.Equal(1, limit.ClientCount);
    }
}
