using System.Runtime.CompilerServices;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Database;

internal sealed class PoolerFactAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : NeedsFactAttribute(
        TestPooler.IsAvailable && TestPostgres.IsAvailable,
        "a pooler: install pgbouncer; and PostgreSQL.",
        sourceFilePath,
        sourceLineNumber);
