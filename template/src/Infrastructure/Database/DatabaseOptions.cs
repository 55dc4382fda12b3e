using Npgsql;

namespace ProdReady.Infrastructure.Database;

internal sealed class DatabaseOptions : IValidatableObject
{
    public const string Section = "ConnectionStrings";

    /// <summary>The connection string of the PostgreSQL database.</summary>
    public string Database { get; init; } = "";

    /// <summary>The same with the role that may change the schema, for migrate. Empty: that of the app.</summary>
    public string Migrations { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        var environment = context.GetRequiredService<IHostEnvironment>();

        //#if (Sqlite)
        if (EmbeddedDatabase.Serves(environment, this))
        {
            yield break;
        }

        //#endif
        if (Database.Length == 0)
        {
            yield return new ValidationResult(
                $"{Section}:Database is missing; it is the connection string of the PostgreSQL database.");
        }

        foreach (var (key, value) in new[] { (nameof(Database), Database), (nameof(Migrations), Migrations) })
        {
            if (value.Length > 0 && Parse(value) is not { Host.Length: > 0 })
            {
                yield return new ValidationResult(
                    $"{Section}:{key} must be a connection string such as Host=db;Database=app;Username=app, no URL.");
            }
            else if (Parse(value) is { IncludeErrorDetail: true } && !environment.IsDevelopment())
            {
                yield return new ValidationResult(
                    $"{Section}:{key} must not set Include Error Detail, which puts the data of users into logs.");
            }
        }
    }

    private static NpgsqlConnectionStringBuilder? Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}

internal sealed class PoolerOptions
{
    public const string Section = "Database";

    /// <summary>The server is a pooler in transaction mode, such as PgBouncer: no client has a session.</summary>
    public bool Pooler { get; init; }
}
