using System.Runtime.CompilerServices;

namespace ProdReady.Tests.Support;

internal sealed class PostgresFactAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : NeedsFactAttribute(
        TestPostgres.IsAvailable,
        "PostgreSQL: set TEST_POSTGRES, or start Docker.",
        sourceFilePath,
        sourceLineNumber);
