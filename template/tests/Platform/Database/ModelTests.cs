using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Tests.Platform.Database;

/// <summary>Rules for every entity, also for those that are added later.</summary>
public sealed class ModelTests
{
    // Contents of files, which are kept for a while.
    private static readonly string[] OutliveTheirOwner = ["StoredContent"];

    [Fact]
    public void What_belongs_to_a_user_goes_with_the_account()
    {
        var owned = Entities().Where(entity => entity.FindProperty("OwnerId") is not null
            || entity.FindProperty("UserId") is not null).ToList();

        Assert.NotEmpty(owned);
        Assert.All(owned.Where(entity => !OutliveTheirOwner.Contains(entity.ClrType.Name)), entity => Assert.True(
            entity.GetForeignKeys().Any(key =>
                key.PrincipalEntityType.ClrType == typeof(User) && key.DeleteBehavior == DeleteBehavior.Cascade),
            $"Rows of {entity.GetTableName()} outlive their account. Configure HasOne<User>().WithMany()"
                + ".HasForeignKey(…).OnDelete(DeleteBehavior.Cascade)."));
    }

    [Fact]
    public void A_version_is_compared_by_the_database()
    {
        var versions = Entities().Select(entity => entity.FindProperty("Version")).OfType<IProperty>();

        Assert.All(versions, version => Assert.True(
            version.IsConcurrencyToken,
            $"Of two edits of one version of {version.DeclaringType.ClrType.Name} both would be saved. Configure "
                + "Property(…).IsConcurrencyToken()."));
    }

    private static List<IEntityType> Entities()
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres("Host=localhost");
        using var db = new AppDbContext(options.Options);

        return [.. db.Model.GetEntityTypes()];
    }
}
