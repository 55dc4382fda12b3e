using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ProdReady.Application.RateLimiting;
using ProdReady.Infrastructure.Jobs;

namespace ProdReady.Infrastructure.RateLimiting;

internal static class RateCounters
{
    public static void AddRateCounters(this IServiceCollection services)
    {
        services.AddSingleton<ISharedCounter, DatabaseCounter>();
        services.AddRedis();
        services.AddPurge<RateCounter>((_, now) =>
        {
            var seconds = now.ToUnixTimeSeconds();

            return counter => counter.WindowEnd < seconds;
        });
    }
}

internal sealed class RateCounter
{
    public string Key { get; private set; } = "";

    /// <summary>Unix seconds.</summary>
    public long WindowEnd { get; private set; }

    public int Count { get; private set; }
}

internal sealed class RateCounterConfiguration : IEntityTypeConfiguration<RateCounter>
{
    public void Configure(EntityTypeBuilder<RateCounter> counter)
    {
        counter.ToTable("rate_counters");

        counter.HasKey(c => c.Key);
        counter.Property(c => c.Key).HasMaxLength(100);

        // For the purge.
        counter.HasIndex(c => c.WindowEnd);
    }
}
