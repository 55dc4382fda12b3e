using System.Security.Claims;

namespace ProdReady.Api;

internal static class CurrentUser
{
    /// <summary>The signed-in user. Taken from the token alone; nothing else in a request says who sends it.</summary>
    public static Guid Id(this ClaimsPrincipal user) => Guid.Parse(user.FindFirstValue("sub")!);
}
