using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ProdReady.Domain;

namespace ProdReady.Infrastructure.Database.Configurations;

internal sealed class OutboxEmailConfiguration : IEntityTypeConfiguration<OutboxEmail>
{
    public void Configure(EntityTypeBuilder<OutboxEmail> email)
    {
        email.ToTable("outbox_emails");

        email.Property(e => e.Recipient).HasMaxLength(User.MaxEmailLength);
        email.Property(e => e.Subject).HasMaxLength(200);
        email.Property(e => e.Text).HasMaxLength(10_000);
        email.Property(e => e.Html).HasMaxLength(20_000);
        email.Property(e => e.TraceParent).HasMaxLength(55);

        email.HasIndex(e => e.NextAttemptAt);
    }
}
