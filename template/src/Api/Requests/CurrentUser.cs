using System.Security.Claims;
using ProdReady.Domain;

namespace ProdReady.Api.Requests;

internal static class CurrentUser
{
    /// <summary>The signed-in user. Taken from the token alone; nothing else in a request says who sends it.</summary>
    public static Guid Id(this ClaimsPrincipal user) => Guid.Parse(user.FindFirstValue("sub")!);

    public static Guid SessionId(this ClaimsPrincipal user) => Guid.Parse(user.FindFirstValue("sid")!);

    /// <summary>What the other end looks like. All of it can be made up, so nothing is decided by it.</summary>
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
