using System.Runtime.CompilerServices;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.RateLimiting;

internal sealed class RedisFactAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : NeedsFactAttribute(
        TestRedis.IsAvailable, "Redis: install redis-server.", sourceFilePath, sourceLineNumber);
