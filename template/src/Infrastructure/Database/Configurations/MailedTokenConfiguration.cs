namespace ProdReady.Infrastructure.Database.Configurations;

internal sealed class MailedTokenConfiguration : IEntityTypeConfiguration<MailedToken>
{
    public void Configure(EntityTypeBuilder<MailedToken> token)
    {
        token.ToTable("mailed_tokens");

        token.Property(t => t.Purpose).HasConversion<string>().HasMaxLength(20);
        token.Property(t => t.Hash).HasMaxLength(32);
        token.Property(t => t.NewEmail).HasMaxLength(User.MaxEmailLength);
        token.Property(t => t.PasswordHash).HasMaxLength(User.MaxPasswordHashLength);

        token.HasOne<User>().WithMany().HasForeignKey(t => t.UserId).OnDelete(DeleteBehavior.Cascade);
        token.HasIndex(t => t.Hash);
    }
}
