using System.Net;

namespace ProdReady.Hosting;

internal static class HealthCommand
{
    /// <summary>
    /// Asks the app that runs beside it whether it is ready: the health check of a container, which has no shell. There
    /// is no host, so that a check takes little CPU and depends on no other setting.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> AskHealth(this string[] args)
    {
        // In the order of the host: the last one wins.
        var settings = new ConfigurationBuilder()
            .AddEnvironmentVariables("DOTNET_")
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddEnvironmentVariables()
            .AddCommandLine(args)
            .Build();
        try
        {
            using var handler = new SocketsHttpHandler { UseProxy = false };
            // It names the host that clients use, and not this address. The request holds no secret.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
            using var client = new HttpClient(handler);
            client.Timeout = TimeSpan.FromSeconds(5);
            using var response = await client.GetAsync(AddressIn(settings));
            response.EnsureSuccessStatusCode();
            Console.WriteLine("Healthy");

            return 0;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException or FormatException)
        {
            await Console.Error.WriteLineAsync($"Unhealthy: {exception.Message}");

            return 1;
        }
    }

    private static Uri AddressIn(IConfiguration settings)
    {
        var address = (settings["urls"], settings["http_ports"], settings["https_ports"]) switch
        {
            ({ Length: > 0 } urls, _, _) => urls,
            (_, { Length: > 0 } ports, _) => $"http://+:{ports}",
            (_, _, { Length: > 0 } ports) => $"https://+:{ports}",
            _ => "http://+:5000",
        };
        var first = BindingAddress.Parse(address.Split(';')[0].Trim());
        // Kestrel listens on all addresses where the host is not an address.
        var isOne = IPAddress.TryParse(first.Host, out var ip) && ip.GetAddressBytes().Any(part => part > 0);

        return new Uri($"{first.Scheme}://{(isOne ? first.Host : "127.0.0.1")}:{first.Port}/health/ready");
    }
}
