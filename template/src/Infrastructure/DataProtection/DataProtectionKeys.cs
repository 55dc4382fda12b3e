using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using ProdReady.Infrastructure.Accounts;
using ProdReady.Infrastructure.Jobs;

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
            (management, jwt) =>
            {
                management.XmlEncryptor = new KeyEncryptor(jwt.Value);
                management.XmlRepository = new KeysInTime(management.XmlRepository!);
            });
        services.AddPeriodicJob<KeyReencryption>(TimeSpan.FromHours(1), (keys, ct) => keys.Run(ct));
    }
}

/// <summary>
/// The framework reads the keys synchronously, the first time before the app listens. With a name server that does not
/// answer, that would take a minute; when it is given up, the keys are read again as soon as one is needed.
/// </summary>
internal sealed class KeysInTime(IXmlRepository keys) : IXmlRepository
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    public IReadOnlyCollection<XElement> GetAllElements() =>
        Task.Run(keys.GetAllElements).WaitAsync(Timeout).GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) => keys.StoreElement(element, friendlyName);
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
