using ProdReady.Tests.Platform.RateLimiting;

namespace ProdReady.Tests.Platform.Doctor;

public sealed class RedisCheckTests
{
    [RedisFact]
    public async Task A_Redis_is_fine_until_it_hangs()
    {
        await using var redis = await TestRedis.Started();
        var settings = new Dictionary<string, string> { ["ConnectionStrings:Redis"] = redis.ConnectionString };

        var before = await Diagnosis.Of(settings);
        await redis.Hang();
        var after = await Diagnosis.Of(settings);

        Assert.Equal("ok", before["D910"].GetProperty("status").GetString());
        Assert.Contains("D910", after.Found);
    }
}
