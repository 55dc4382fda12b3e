using ProdReady.Api.RateLimiting;

namespace ProdReady.Tests.Platform.RateLimiting;

// Not in parallel: it measures the memory of the whole process, that of other tests included.
[CollectionDefinition(nameof(RateLimitMemoryTests), DisableParallelization = true)]
[Collection(nameof(RateLimitMemoryTests))]
public sealed class RateLimitMemoryTests
{
    [Fact]
    public void Two_hundred_thousand_clients_use_no_more_memory_than_fifty_thousand()
    {
        var limit = new LimitPolicy("api", new ApiLimitOptions());
        var windowEnd = DateTimeOffset.UtcNow.AddMinutes(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 200_000; i++)
        {
            Assert.Equal(299, limit.Acquire($"client {i}", windowEnd));
            Assert.InRange(limit.ClientCount, 1, LimitPolicy.MaxClients);
        }

        // Without the bound it would be about 60 MB more.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024 * 1024);
        Assert.Equal(299, limit.Acquire("client 0", windowEnd.AddMinutes(1)));
        Assert.Equal(1, limit.ClientCount);
    }
}
