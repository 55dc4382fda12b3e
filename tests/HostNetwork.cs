namespace ProdReadyTemplate.Tests;

/// <summary>
/// The machine's bridge docker0 and its rules of packets, which an engine changes. One engine at a time takes them, also
/// of other runs on this machine, and they are afterwards as they were.
/// </summary>
internal sealed class HostNetwork
{
    private const string Forwarding = "/proc/sys/net/ipv4/ip_forward";

    private static readonly string Lock = Path.Combine(Path.GetTempPath(), "docker-engine-of-tests.lock");

    private FileStream? taken;
    private string rules = "";
    private string forwarding = "";

    public async Task Take()
    {
        while (taken is null)
        {
            try
            {
                taken = new FileStream(Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(1000, TestContext.Current.CancellationToken);
            }
        }

        forwarding = await File.ReadAllTextAsync(Forwarding);
        rules = await Cli.Run("/", [], "iptables-save");
    }

    public async Task Restore()
    {
        await Cli.Run("/", [], "ip", "link", "delete", "docker0");
        await RestoreRules();
        await File.WriteAllTextAsync(Forwarding, forwarding);
        await taken!.DisposeAsync();
    }

    private async Task RestoreRules()
    {
        var file = Path.GetTempFileName();
        // A table that nothing had used is not among the saved ones, and would keep the rules of the engine.
        await File.WriteAllTextAsync(file, rules
            + (rules.Contains("*filter\n") ? "" : "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n")
            + (rules.Contains("*nat\n") ? "" : "*nat\n:PREROUTING ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n"));
        await Cli.Run("/", [], "iptables-restore", file);
        File.Delete(file);
    }
}
