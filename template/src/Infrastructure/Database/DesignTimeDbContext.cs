using Microsoft.EntityFrameworkCore.Design;

namespace ProdReady.Infrastructure.Database;

/// <summary>For <c>dotnet ef</c>: always PostgreSQL, for which the migrations are.</summary>
internal sealed class DesignTimeDbContext : IDesignTimeDbContextFactory<AppDbContext>
{
    public AppDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres("Host=localhost");

        return new AppDbContext(options.Options);
    }
}
