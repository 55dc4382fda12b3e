using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;

[assembly: HostingStartup(typeof(ExtraRoutesOfProcess))]

namespace ProdReady.Tests.Support;

/// <summary>Maps routes of a test after those of the app.</summary>
internal sealed class ExtraRoutes(Action<IEndpointRouteBuilder> map) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.UseEndpoints(map);
    };
}

/// <summary>
/// Maps them in a process of its own (<see cref="AppProcess"/>), where the app's Main runs and no code of the test. The
/// environment names this assembly, so ASP.NET Core runs this class (IHostingStartup), and the static method that maps.
/// </summary>
internal sealed class ExtraRoutesOfProcess : IHostingStartup
{
    private const string TypeVariable = "TEST_ROUTES_TYPE";
    private const string MethodVariable = "TEST_ROUTES_METHOD";

    public static IEnumerable<KeyValuePair<string, string>> VariablesFor(MethodInfo map) =>
    [
        new("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", typeof(ExtraRoutesOfProcess).Assembly.GetName().Name!),
        new(TypeVariable, map.DeclaringType!.AssemblyQualifiedName!),
        new(MethodVariable, map.Name),
    ];

    public void Configure(IWebHostBuilder builder)
    {
        var map = Type.GetType(Environment.GetEnvironmentVariable(TypeVariable)!, throwOnError: true)!
            .GetMethod(
                Environment.GetEnvironmentVariable(MethodVariable)!,
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
            .CreateDelegate<Action<IEndpointRouteBuilder>>();

        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter>(new ExtraRoutes(map)));
    }
}
