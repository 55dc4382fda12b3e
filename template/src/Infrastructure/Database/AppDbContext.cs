using System.Data;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ProdReady.Infrastructure.Database;

internal sealed class AppDbContext(DbContextOptions<AppDbContext> options)
    : DbContext(options), IAppDbContext, IDataProtectionKeyContext
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<MailedToken> MailedTokens => Set<MailedToken>();

    //#if (Sample)
    public DbSet<Ticket> Tickets => Set<Ticket>();

    public DbSet<Attachment> Attachments => Set<Attachment>();

    //#endif
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken ct = default)
    {
        try
        {
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, ct);
        }
        catch (DbUpdateException exception)
            when (ConstraintViolation.CodeOf(exception) == PostgresErrorCodes.ForeignKeyViolation)
        {
            if (ConstraintViolation.BlockedDelete(exception) is { Length: > 0 } keys)
            {
                throw new InvalidOperationException(
                    $"Other rows still refer to the deleted row: {string.Join(", ", keys)}. Configure "
                        + "OnDelete(DeleteBehavior.Cascade) for this foreign key, or delete those rows first.",
                    exception);
            }

            // A concurrent request deleted it: a lost race like those that EF Core detects by the version.
            throw new DbUpdateConcurrencyException("The row that this one refers to is gone.", exception);
        }
        catch (DbUpdateException exception)
            when (ConstraintViolation.CodeOf(exception) == PostgresErrorCodes.UniqueViolation)
        {
            throw new DuplicateException(exception);
        }
    }

    public Task<T> InTransaction<T>(Func<Task<T>> work, CancellationToken ct) => InTransaction(work, _ => true, ct);

    public async Task<T> InTransaction<T>(Func<Task<T>> work, Func<T, bool> isCommitted, CancellationToken ct)
    {
        // A nested call joins the outer transaction.
        if (Database.CurrentTransaction is not null)
        {
            return await work();
        }

        return await Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            try
            {
                await using var transaction = await Database.BeginTransactionAsync(ct);

                return await Complete(transaction, work, isCommitted, ct);
            }
            catch
            {
                // A retry must not add the entities of the first attempt again.
                ChangeTracker.Clear();
                throw;
            }
        });
    }

    public async Task<T> WithStatementTimeout<T>(TimeSpan timeout, Func<Task<T>> query, CancellationToken ct)
    {
        //#if (Sqlite)
        if (Database.IsSqlite())
        {
            return await query();
        }

        //#endif
        var milliseconds = $"{timeout.TotalMilliseconds}";
        try
        {
            return await InTransaction(
                async () =>
                {
                    // The same as SET LOCAL, which takes no parameters: it holds until the transaction ends.
                    await Database.ExecuteSqlAsync(
                        $"SELECT set_config('statement_timeout', {milliseconds}, true)", ct);

                    return await query();
                },
                ct);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            throw new QueryTimeoutException(exception);
        }
    }

    public async Task<bool> TrySaveChangesAsync(CancellationToken ct)
    {
        try
        {
            await SaveChangesAsync(ct);

            return true;
        }
        catch (Exception exception) when (exception is DuplicateException or DbUpdateConcurrencyException)
        {
            ChangeTracker.Clear();

            return false;
        }
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.ApplyConfigurationsFromAssembly(typeof(AppDbContext).Assembly);

        var folded = model.HasDbFunction(() => TextRules.Folded("")).HasName("folded");
        //#if (Sqlite)
        if (Database.IsSqlite())
        {
            // SqliteConnectionInterceptor adds it.
            return;
        }

        //#endif
        folded.HasTranslation(texts => Fold(texts[0], texts[0].TypeMapping));
    }

    // upper(replace(lower(text), 'i̇', 'i')): σ and ς are two letters in lower case, ẞ and SS in upper case, and the
    // Turkish İ has an i with a dot of its own. With this collation of ICU by the rules of Unicode; a database with the
    // locale C, the default of some operators, would fold A to Z alone.
    private static SqlFunctionExpression Fold(SqlExpression text, RelationalTypeMapping? mapping)
    {
        var lower = Call("lower", new CollateExpression(text, "und-x-icu"));

        return Call("upper", Call("replace", lower, Text("i\u0307"), Text("i")));

        SqlConstantExpression Text(string constant) => new(constant, mapping);

        SqlFunctionExpression Call(string name, params SqlExpression[] values) =>
            new(name, values, nullable: true, [.. values.Select(_ => true)], typeof(string), mapping);
    }

    //#if (Sqlite)
    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        if (Database.IsSqlite())
        {
            conventions.Properties<DateTimeOffset>().HaveConversion<SqliteTime>();
        }
    }

    //#endif
    private async Task<T> Complete<T>(
        IDbContextTransaction transaction, Func<Task<T>> work, Func<T, bool> isCommitted, CancellationToken ct)
    {
        try
        {
            var result = await work();
            if (isCommitted(result))
            {
                await transaction.CommitAsync(ct);
            }

            return result;
        }
        catch (InvalidOperationException exception) when (Database.GetDbConnection().State != ConnectionState.Open)
        {
            // The connection broke between two commands. Npgsql reports only that the transaction has completed, an
            // InvalidOperationException that the execution strategy would not retry.
            throw new NpgsqlException("The connection broke.", new IOException(exception.Message, exception));
        }
    }
}
