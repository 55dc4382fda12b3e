using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using ProdReady.Domain;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Errors;

public abstract class AppInEnvironment(string environment) : IAsyncLifetime
{
    public App App { get; } = Apps.WithoutDatabase(environment, ErrorProbes.Map);

    public ValueTask InitializeAsync() => App.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class DevelopmentApp() : AppInEnvironment("Development");

public sealed class StagingApp() : AppInEnvironment("Staging");

public sealed class ProductionApp() : AppInEnvironment("Production");

internal static class ErrorProbes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/probe").AllowAnonymous();
        probe.MapGet("/broken-rule", string () => throw new DomainException("Not on a Sunday."));
        probe.MapGet("/crash", string () => throw new InvalidOperationException("secret"));
        probe.MapGet("/endless", (CancellationToken ct) => Task.Delay(Timeout.Infinite, ct))
            .WithRequestTimeout(TimeSpan.FromSeconds(1));
    }
}
