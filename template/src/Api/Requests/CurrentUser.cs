using System.Security.Claims;

namespace ProdReady.Api.Requests;

/// <summary>The signed-in user, as a parameter of an endpoint. It is read from the access token alone.</summary>
internal sealed record CurrentUser(Guid Id, Guid SessionId)
{
    public Device Device { get; private init; } = new(null, null);

    public static ValueTask<CurrentUser> BindAsync(HttpContext http) =>
        ValueTask.FromResult(From(http.User) with { Device = http.Device() });

    public static CurrentUser From(ClaimsPrincipal user) =>
        new(Guid.Parse(user.FindFirstValue("sub")!), Guid.Parse(user.FindFirstValue("sid")!));
}

internal static class DeviceOfRequest
{
    /// <summary>Address and User-Agent.</summary>
    public static Device Device(this HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress;
        var userAgent = http.Request.Headers.UserAgent.ToString()
            .Where(character => character is >= ' ' and <= '~')
            .Take(Domain.Device.MaxUserAgentLength);

        return new Device(
            (address?.IsIPv4MappedToIPv6 == true ? address.MapToIPv4() : address)?.ToString(),
            string.Concat(userAgent) is { Length: > 0 } text ? text : null);
    }
}
