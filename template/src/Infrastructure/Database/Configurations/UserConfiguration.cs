namespace ProdReady.Infrastructure.Database.Configurations;

internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    public void Configure(EntityTypeBuilder<User> user)
    {
        user.ToTable("users");

        user.Property(u => u.UserName).HasMaxLength(User.MaxEmailLength).IsRequired();
        user.Property(u => u.NormalizedUserName).HasMaxLength(User.MaxEmailLength).IsRequired();
        user.Property(u => u.Email).HasMaxLength(User.MaxEmailLength).IsRequired();
        user.Property(u => u.NormalizedEmail).HasMaxLength(User.MaxEmailLength).IsRequired();
        user.Property(u => u.PasswordHash).HasMaxLength(User.MaxPasswordHashLength);
        user.Property(u => u.SecurityStamp).HasMaxLength(40);
        user.Property(u => u.ConcurrencyStamp).HasMaxLength(40).IsConcurrencyToken();
        user.Ignore(u => u.PhoneNumber).Ignore(u => u.PhoneNumberConfirmed);
        // Lockouts counts for each device.
        user.Ignore(u => u.LockoutEnabled).Ignore(u => u.LockoutEnd).Ignore(u => u.AccessFailedCount);

        // Identity only looks before it writes; under a race these two decide who has the address.
        user.HasIndex(u => u.NormalizedUserName).IsUnique();
        user.HasIndex(u => u.NormalizedEmail).IsUnique();

        // For every query, joins and updates included: a deleted account is gone at once, and its rows later.
        user.HasQueryFilter(u => u.DeletedAt == null);

        // For the jobs that delete such accounts; few rows are in these indexes.
        user.HasIndex(u => u.DeletedAt).HasFilter("deleted_at IS NOT NULL");
        user.HasIndex(u => u.LinkMailedAt).HasFilter("NOT email_confirmed");
    }
}
