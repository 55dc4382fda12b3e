using ProdReady.Infrastructure.RateLimiting;
using StackExchange.Redis;

namespace ProdReady.Doctor;

internal static class RedisCheck
{
    public static Check Of(ExaminedApp app) => new("D910", async _ =>
    {
        if (app.Settings<RedisOptions>().Configuration() is { } redis)
        {
            redis.AbortOnConnectFail = true;
            await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        }

        return null;
    });
}
