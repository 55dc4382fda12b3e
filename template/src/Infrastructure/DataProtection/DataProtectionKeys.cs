using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using ProdReady.Infrastructure.Accounts;

namespace ProdReady.Infrastructure.DataProtection;

internal static class DataProtectionKeys
{
    /// <summary>
    /// Stores the keys of ASP.NET Core Data Protection in the database: instances share them, and they outlive a
    /// deployment. They are encrypted with the signing keys, so a copy of the database alone decrypts nothing.
    /// </summary>
    public static void AddDataProtectionKeys(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("app").PersistKeysToDbContext<AppDbContext>();
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<JwtOptions>>(
            (management, jwt) => management.XmlEncryptor = new KeyEncryptor(jwt.Value));
        services.AddPeriodicJob<KeyReencryption>(TimeSpan.FromHours(1), (keys, ct) => keys.Run(ct));
    }
}

internal sealed class DataProtectionKeyConfiguration : IEntityTypeConfiguration<DataProtectionKey>
{
    public void Configure(EntityTypeBuilder<DataProtectionKey> key)
    {
        key.ToTable("data_protection_keys");

        key.Property(k => k.FriendlyName).HasMaxLength(100);
        key.Property(k => k.Xml).HasMaxLength(10_000);
    }
}
