using Microsoft.AspNetCore.Routing;

namespace ProdReady.Tests.Support;

/// <summary>Apps with settings of their own.</summary>
internal static class Apps
{
    /// <summary>Nobody listens on port 1.</summary>
    public const string DatabaseThatIsAway = "Host=127.0.0.1;Port=1;Database=app;Username=app;Timeout=1";

    public const string SigningKey = "bm90LWEtc2VjcmV0LW5vdC1hLXNlY3JldC1ub3QtYS1zZWNyZXQh";

    /// <summary>Everything that Production asks for; the database is away.</summary>
    public static App WithoutDatabase(string environment, Action<IEndpointRouteBuilder>? routes = null) => new()
    {
        Environment = environment,
        Routes = routes,
        ["ConnectionStrings:Database"] = DatabaseThatIsAway,
        ["Jwt:SigningKeys:0"] = SigningKey,
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = "1",
        // The worker says every few seconds that the database is away, which is right, and no news here.
        ["Serilog:MinimumLevel:Default"] = "Fatal",
        ["Serilog:MinimumLevel:Override:Microsoft.AspNetCore"] = "Fatal",
    };

    public static async Task<App> Started(this App app)
    {
        await app.InitializeAsync();

        return app;
    }
}
