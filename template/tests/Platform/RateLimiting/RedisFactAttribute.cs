using System.Runtime.CompilerServices;

namespace ProdReady.Tests.Platform.RateLimiting;

/// <summary>A fact that only Redis can show.</summary>
internal sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute(
        [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) =>
        Skip = TestRedis.IsAvailable ? null : "Needs Redis: install redis-server.";
}
