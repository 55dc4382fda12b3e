using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ProdReady.Infrastructure.Database;

/// <summary>What <c>dotnet ef</c> works with: always PostgreSQL, whatever database the developer runs on.</summary>
internal sealed class DesignTimeDbContext : IDesignTimeDbContextFactory<AppDbContext>
{
    public AppDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres("Host=localhost");

        return new AppDbContext(options.Options);
    }
}
