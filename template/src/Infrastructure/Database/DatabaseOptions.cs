namespace ProdReady.Infrastructure.Database;

internal sealed class DatabaseOptions
{
    public const string Section = "ConnectionStrings";

    /// <summary>The connection string of the PostgreSQL database.</summary>
    public string Database { get; init; } = "";
}
