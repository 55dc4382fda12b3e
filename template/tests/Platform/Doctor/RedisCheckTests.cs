using ProdReady.Tests.Platform.RateLimiting;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

public sealed class RedisCheckTests
{
    [RedisFact]
    public async Task A_Redis_is_fine_until_it_hangs()
    {
        await using var redis = await TestRedis.Started();

        // Other tests run at the same time.
        var before = await Diagnosis.Of(
            new() { ["ConnectionStrings:Redis"] = $"{redis.ConnectionString},connectTimeout=20000" });
        await redis.Hang();
        var after = await Diagnosis.Of(new() { ["ConnectionStrings:Redis"] = redis.ConnectionString });

        Assert.Equal("ok", before["D910"].Text("status"));
        Assert.Contains("D910", after.Found);
    }
}
