namespace ProdReady.Infrastructure.Database.Configurations;

internal sealed class TicketConfiguration : IEntityTypeConfiguration<Ticket>
{
    public void Configure(EntityTypeBuilder<Ticket> ticket)
    {
        ticket.ToTable("tickets");

        ticket.Property(t => t.Title).HasMaxLength(Ticket.MaxTitleLength);
        ticket.Property(t => t.Description).HasMaxLength(Ticket.MaxDescriptionLength);
        ticket.Property(t => t.Priority).HasConversion<string>().HasMaxLength(20);
        ticket.Property(t => t.Status).HasConversion<string>().HasMaxLength(20);
        ticket.Property(t => t.Version).IsConcurrencyToken();

        ticket.HasOne<User>().WithMany().HasForeignKey(t => t.OwnerId).OnDelete(DeleteBehavior.Cascade);

        // The order of the list, so that a page is read from the index and not sorted.
        ticket.HasIndex(t => new { t.OwnerId, t.CreatedAt, t.Id });
    }
}
