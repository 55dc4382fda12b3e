using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using ProdReady.Application;
using ProdReady.Domain;
using ProdReady.Infrastructure.Email;

namespace ProdReady.Infrastructure.Database;

internal sealed class AppDbContext(DbContextOptions<AppDbContext> options)
    : DbContext(options), IAppDbContext, IDataProtectionKeyContext
{
    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<MailedToken> MailedTokens => Set<MailedToken>();

    public DbSet<OutboxEmail> Outbox => Set<OutboxEmail>();

    public DbSet<RateCounter> RateCounters => Set<RateCounter>();

    //#if (Sample)
    public DbSet<Ticket> Tickets => Set<Ticket>();

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
    }

    public async Task<T> InTransaction<T>(Func<Task<T>> work, CancellationToken ct)
    {
        await using var transaction = await Database.BeginTransactionAsync(ct);
        var result = await work();
        await transaction.CommitAsync(ct);

        return result;
    }

    public async Task<bool> TrySaveChangesAsync(CancellationToken ct)
    {
        try
        {
            await SaveChangesAsync(ct);

            return true;
        }
        catch (DbUpdateException exception)
            when (exception is DbUpdateConcurrencyException || ConstraintViolation.IsUnique(exception))
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
}
