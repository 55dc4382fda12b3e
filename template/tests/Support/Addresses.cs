using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ProdReady.Tests.Support;

/// <summary>Lets a test choose the client address of a connection, by a header of the request.</summary>
internal sealed class Addresses : IStartupFilter
{
    private const string Header = "Test-Address";

    public static void Add(IServiceCollection services) => services.AddSingleton<IStartupFilter, Addresses>();

    public static void Set(HttpClient client, string address)
    {
        client.DefaultRequestHeaders.Remove(Header);
        client.DefaultRequestHeaders.Add(Header, address);
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            if (IPAddress.TryParse(context.Request.Headers[Header], out var address))
            {
                context.Connection.RemoteIpAddress = address;
            }

            return following(context);
        });
        next(app);
    };
}
