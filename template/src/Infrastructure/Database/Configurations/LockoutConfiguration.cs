namespace ProdReady.Infrastructure.Database.Configurations;

internal sealed class LockoutConfiguration :
    IEntityTypeConfiguration<FailedSignIns>, IEntityTypeConfiguration<KnownDevice>
{
    public void Configure(EntityTypeBuilder<FailedSignIns> failed)
    {
        failed.ToTable("failed_sign_ins");
        failed.HasKey(f => f.Key);
        // For the purge.
        failed.HasIndex(f => f.EndsAt);
    }

    public void Configure(EntityTypeBuilder<KnownDevice> device)
    {
        device.ToTable("known_devices");
        device.HasKey(d => d.Key);
        device.HasOne<User>().WithMany().HasForeignKey(d => d.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}
