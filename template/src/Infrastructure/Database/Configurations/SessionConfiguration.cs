namespace ProdReady.Infrastructure.Database.Configurations;

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> session)
    {
        session.ToTable("sessions");

        session.Property(s => s.IpAddress).HasMaxLength(Device.MaxIpAddressLength);
        session.Property(s => s.UserAgent).HasMaxLength(Device.MaxUserAgentLength);

        session.HasOne<User>().WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}
