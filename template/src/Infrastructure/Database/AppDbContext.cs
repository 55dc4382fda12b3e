using System.Data;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using ProdReady.Application;
using ProdReady.Domain;
using ProdReady.Infrastructure.Idempotency;
using ProdReady.Infrastructure.RateLimiting;

namespace ProdReady.Infrastructure.Database;

internal sealed class AppDbContext(DbContextOptions<AppDbContext> options)
    : DbContext(options), IAppDbContext, IDataProtectionKeyContext
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<MailedToken> MailedTokens => Set<MailedToken>();

    public DbSet<RateCounter> RateCounters => Set<RateCounter>();

    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();

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
        catch (DbUpdateException exception) when (ConstraintViolation.IsForeignKey(exception))
        {
            // Somebody deleted it at the same moment: a lost race like those that EF finds by itself.
            throw new DbUpdateConcurrencyException("What is saved refers to something that is gone.", exception);
        }
        catch (DbUpdateException exception) when (ConstraintViolation.IsUnique(exception))
        {
            throw new DuplicateException(exception);
        }
    }

    public Task<T> InTransaction<T>(Func<Task<T>> work, CancellationToken ct) => InTransaction(work, _ => true, ct);

    /// <param name="isGood">Decides by the result whether it is committed, or undone.</param>
    public async Task<T> InTransaction<T>(Func<Task<T>> work, Func<T, bool> isGood, CancellationToken ct)
    {
        // Inside of another one it is part of that.
        if (Database.CurrentTransaction is not null)
        {
            return await work();
        }

        return await Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            try
            {
                await using var transaction = await Database.BeginTransactionAsync(ct);

                return await Complete(transaction, work, isGood, ct);
            }
            catch
            {
                // Where it is tried again, what the first attempt has added must not be added a second time.
                ChangeTracker.Clear();
                throw;
            }
        });
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

    protected override void OnModelCreating(ModelBuilder model) =>
        model.ApplyConfigurationsFromAssembly(typeof(AppDbContext).Assembly);

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
        IDbContextTransaction transaction, Func<Task<T>> work, Func<T, bool> isGood, CancellationToken ct)
    {
        try
        {
            var result = await work();
            if (isGood(result))
            {
                await transaction.CommitAsync(ct);
            }

            return result;
        }
        catch (InvalidOperationException exception) when (Database.GetDbConnection().State != ConnectionState.Open)
        {
            // The connection broke between two commands. Of that the driver says only that the transaction is over, as
            // if it were a mistake of ours; and that nobody would try again.
            throw new NpgsqlException("The connection broke.", new IOException(exception.Message, exception));
        }
    }
}
