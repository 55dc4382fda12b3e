using System.Security.Cryptography;
using Microsoft.AspNetCore.Routing;

namespace ProdReady.Tests.Support;

/// <summary>Apps with the settings of Production.</summary>
internal static class Apps
{
    /// <summary>Nothing listens on port 1.</summary>
    public const string DatabaseThatIsAway = "Host=127.0.0.1;Port=1;Database=app;Username=app;Timeout=1";

    public static readonly string SigningKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));

    /// <summary>All required settings; the database and the mail server are unavailable.</summary>
    public static IReadOnlyDictionary<string, string> ProductionSettings { get; } = new Dictionary<string, string>
    {
        ["AllowedHosts"] = "localhost;127.0.0.1",
        ["App:PublicUrl"] = "https://app.example",
        ["ConnectionStrings:Database"] = DatabaseThatIsAway,
        ["Jwt:SigningKeys:0"] = SigningKey,
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = "1",
        ["Smtp:From"] = "noreply@app.example",
    };

    public static App WithoutDatabase(string environment, Action<IEndpointRouteBuilder>? routes = null)
    {
        var app = new App { Environment = environment, Routes = routes };
        foreach (var (key, value) in ProductionSettings)
        {
            app[key] = value;
        }

        return app;
    }

    public static async Task<App> Started(this App app)
    {
        await app.InitializeAsync();

        return app;
    }
}
