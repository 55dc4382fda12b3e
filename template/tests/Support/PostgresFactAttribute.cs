using System.Runtime.CompilerServices;

namespace ProdReady.Tests.Support;

/// <summary>A fact that only PostgreSQL can show.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute(
        [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) =>
        Skip = TestPostgres.IsAvailable ? null : "Needs PostgreSQL: set TEST_POSTGRES, or start Docker.";
}
