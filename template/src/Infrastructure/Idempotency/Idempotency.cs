using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ProdReady.Application.Idempotency;
using ProdReady.Infrastructure.Jobs;

namespace ProdReady.Infrastructure.Idempotency;

internal static class Idempotency
{
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSettings<IdempotencyOptions>(IdempotencyOptions.Section);
        services.AddScoped<IIdempotencyKeys, IdempotencyKeys>();
        services.AddPurge<StoredResponse>((_, now) => response => response.ExpiresAt <= now);
    }
}

internal sealed class IdempotencyOptions
{
    public const string Section = "Idempotency";

    /// <summary>How long a key and its response are stored.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(1);
}

internal sealed class StoredResponseConfiguration : IEntityTypeConfiguration<StoredResponse>
{
    public void Configure(EntityTypeBuilder<StoredResponse> response)
    {
        response.ToTable("idempotency_keys");

        response.HasKey(r => new { r.UserId, r.Hash });
        response.Property(r => r.Hash).HasMaxLength(32);
        response.Property(r => r.Fingerprint).HasMaxLength(32);
        response.Property(r => r.ContentType).HasMaxLength(200);
        response.Property(r => r.Location).HasMaxLength(2_000);
        response.Property(r => r.ETag).HasMaxLength(200);
        response.Property(r => r.Body).HasMaxLength(StoredResponse.MaxBodyBytes);

        // Responses can contain personal data, so they are deleted with the account.
        response.HasOne<User>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Cascade);

        // For the purge.
        response.HasIndex(r => r.ExpiresAt);
    }
}
