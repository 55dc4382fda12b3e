using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ProdReady.Infrastructure.Database;
using Serilog.Core;

namespace ProdReady.Tests.Support;

/// <summary>
/// The whole app on its own port, with its own database and folder. It runs on PostgreSQL if there is a server, else on
/// the embedded database.
/// </summary>
public class App : WebApplicationFactory<Program>, IAsyncLifetime
{
    private readonly Dictionary<string, string?> settings = new()
    {
        ["AllowedHosts"] = "*",
        ["App:PublicUrl"] = "https://app.example",
        // Tests call no service on the internet, and all of them share one client address.
        ["PwnedPasswords:Enabled"] = "false",
        ["RateLimits:Api:PermitLimit"] = "1000000",
        ["RateLimits:Auth:PermitLimit"] = "1000000",
        ["RateLimits:Refresh:PermitLimit"] = "1000000",
        ["RateLimits:Search:PermitLimit"] = "1000000",
        ["RateLimits:Password:PermitLimit"] = "1000000",
        ["RateLimits:Writes:PermitLimit"] = "1000000",
        ["RateLimits:RefusedUploads:PermitLimit"] = "1000000",
        ["Smtp:From"] = "noreply@app.example",
        // No proxy has to notice that it stops.
        ["Shutdown:Delay"] = "00:00:00",
    };

    private string? connectionString;
    private bool isDisposed;

    static App() => Output.Start();

    public App() => Mailbox = new Mailbox(this);

    /// <summary>Takes the place of the solution's folder: .env and .data/ are here.</summary>
    public string Folder { get; init; } = Directory.CreateTempSubdirectory("app-").FullName;

    /// <summary>Hashes passwords as in Production. In most tests that would take most of the time.</summary>
    public bool HashesSlowly { get; init; }

    /// <summary>For a test that starts another app in the same folder.</summary>
    public bool KeepsFolder { get; init; }

    public string Environment { get; init; } = "Development";

    /// <summary>The log of the app.</summary>
    internal LogRecorder Log { get; } = new();

    internal Mailbox Mailbox { get; }

    /// <summary>Adds routes, to test code that no route of the app uses.</summary>
    public Action<IEndpointRouteBuilder>? Routes { get; init; }

    /// <summary>Replaces services.</summary>
    public Action<IServiceCollection>? Replace { get; init; }

    /// <summary>Changes the connection string that the app gets, for example to a proxy.</summary>
    public Func<string, string>? Reach { get; init; }

    public string this[string key]
    {
        set => settings[key] = value;
    }

    public virtual async ValueTask InitializeAsync()
    {
        if (TestPostgres.IsAvailable && !settings.ContainsKey("ConnectionStrings:Database"))
        {
            connectionString = await TestPostgres.CreateMigratedDatabase();
            this["ConnectionStrings:Database"] = Reach?.Invoke(connectionString) ?? connectionString;
        }

        // A second instance uses the copy of the first, which may be reading it at this moment.
        var settingsFile = Path.Combine(Folder, "appsettings.json");
        if (!File.Exists(settingsFile))
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), settingsFile);
        }

        UseKestrel(port: 0);
        StartServer();
        KeepSecrets();
    }

    public new HttpClient CreateClient() =>
        CreateDefaultClient(new TraceWriter(), new SecretKeeper(), new DocumentedAnswers(this));

    /// <summary>A client whose passwords are not searched in the log, for words that occur there anyway.</summary>
    public HttpClient CreateCarelessClient() => CreateDefaultClient(new DocumentedAnswers(this));

    public override async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        await base.DisposeAsync();
        if (connectionString is not null)
        {
            await TestPostgres.DropDatabase(connectionString);
        }

        //#if (Sqlite)
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();

        //#endif
        if (!KeepsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Stops the app. Its database and its folder stay until it is disposed.</summary>
    public Task Stop() => base.DisposeAsync().AsTask();

    /// <summary>Starts a second instance with the same database, folder and settings.</summary>
    /// <param name="change">Changes the settings of the second instance.</param>
    public async Task<App> Another(Action<App>? change = null)
    {
        var another = new App
        {
            Folder = Folder,
            KeepsFolder = true,
            HashesSlowly = HashesSlowly,
            Routes = Routes,
            Replace = Replace,
        };
        foreach (var (key, value) in settings)
        {
            another[key] = value!;
        }

        change?.Invoke(another);
        await another.InitializeAsync();

        return another;
    }

    internal string ConnectionString => connectionString ?? throw new InvalidOperationException("Needs PostgreSQL.");

    /// <summary>Reads the database, for facts that no endpoint returns.</summary>
    internal async Task<T> Query<T>(Func<AppDbContext, Task<T>> query)
    {
        await using var scope = Services.CreateAsyncScope();

        return await query(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }

    internal static async Task Migrate(string connectionString)
    {
        var options = new DbContextOptionsBuilder<AppDbContext>();
        options.UsePostgres(connectionString);
        await using var db = new AppDbContext(options.Options);
        await db.Database.MigrateAsync();
    }

    private void KeepSecrets()
    {
        var configuration = Services.GetRequiredService<IConfiguration>();
        var connection = configuration["ConnectionStrings:Database"];
        var database = new NpgsqlConnectionStringBuilder(connection);
        Output.KeepSecret("connection string", connection);
        Output.KeepSecret("database password", database.Password, database.Username);

        foreach (var key in configuration.GetSection("Jwt:SigningKeys").GetChildren())
        {
            Output.KeepSecret("signing key", key.Value);
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(Environment);
        builder.UseContentRoot(Folder);
        foreach (var (key, value) in settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureServices(services =>
        {
            services.AddSingleton<ILogEventSink>(Log);
            //#if (Sqlite)
            services.ConfigureDbContext<AppDbContext>(database => database.AddInterceptors(new SqliteWithoutSync()));
            //#endif

            if (Routes is not null)
            {
                services.AddSingleton<IStartupFilter>(new ExtraRoutes(Routes));
            }

            Replace?.Invoke(services);

            if (!HashesSlowly)
            {
                services.PostConfigure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1_000);
            }
        });
    }
}
