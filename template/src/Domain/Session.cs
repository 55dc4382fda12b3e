using System.Net;
using System.Net.Sockets;

namespace ProdReady.Domain;

/// <summary>
/// One signed-in device. Each refresh raises the generation, so only the newest refresh token is valid, and the use of
/// an older one is detected as theft or replay.
/// </summary>
internal sealed class Session
{
    private Session()
    {
    }

    public Guid Id { get; private set; }

    public Guid UserId { get; private set; }

    public int Generation { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset RefreshedAt { get; private set; }

    /// <summary>The session ends at this time, even if it is refreshed.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    public string? IpAddress { get; private set; }

    public string? UserAgent { get; private set; }

    public static Session Start(Guid userId, Device device, DateTimeOffset now, TimeSpan lifetime) => new()
    {
        Id = Guid.CreateVersion7(now),
        UserId = userId,
        CreatedAt = now,
        RefreshedAt = now,
        ExpiresAt = now + lifetime,
        IpAddress = device.IpAddress,
        UserAgent = device.UserAgent,
    };
}

/// <summary>
/// What helps a user to recognize a session, and tells the devices of an account from others. A client can send any
/// User-Agent, so it proves nothing.
/// </summary>
internal sealed record Device(string? IpAddress, string? UserAgent)
{
    public const int MaxIpAddressLength = 64;
    public const int MaxUserAgentLength = 256;

    /// <summary>The address; for IPv6 its /64, because one client has all 2^64 addresses of its network.</summary>
    public string? Network =>
        IPAddress.TryParse(IpAddress, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"{new IPAddress([.. address.GetAddressBytes()[..8], .. new byte[8]])}/64"
            : IpAddress;

    /// <summary>
    /// False where both differ: a device that moves keeps its User-Agent, and one that is updated keeps its network.
    /// </summary>
    public bool Resembles(Device other) => Network == other.Network || UserAgent == other.UserAgent;
}
