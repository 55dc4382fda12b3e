using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace ProdReady.Infrastructure.Database;

internal sealed class DatabaseOptions : IValidatableObject
{
    public const string Section = "ConnectionStrings";

    /// <summary>The connection string of the PostgreSQL database.</summary>
    public string Database { get; init; } = "";

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
        else if (Parse() is not { Host.Length: > 0 } parsed)
        {
            yield return new ValidationResult(
                $"{Section}:Database must be a connection string such as Host=db;Database=app;Username=app, no URL.");
        }
        else if (parsed.IncludeErrorDetail && !environment.IsDevelopment())
        {
            yield return new ValidationResult(
                $"{Section}:Database must not ask for Include Error Detail, which puts the data of users into logs.");
        }
    }

    private NpgsqlConnectionStringBuilder? Parse()
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(Database);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
