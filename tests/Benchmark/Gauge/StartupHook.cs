using System.Net.Sockets;

/// <summary>
/// Runs in both apps before their Main (DOTNET_STARTUP_HOOKS, which asks for this name), and answers each connection to
/// a socket with the bytes that the app has allocated so far.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        var path = Environment.GetEnvironmentVariable("BENCHMARK_GAUGE")!;
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        new Thread(() => Answer(listener)) { IsBackground = true }.Start();
    }

    private static void Answer(Socket listener)
    {
        while (true)
        {
            using var connection = listener.Accept();
            connection.Send(BitConverter.GetBytes(GC.GetTotalAllocatedBytes()));
        }
    }
}
