using System.Diagnostics;

namespace ProdReady.Tests.Platform.Files;

/// <summary>A disk in memory with room for one megabyte.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk()
    {
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("disk-").FullName;

    /// <summary>Skips the test where disks cannot be mounted.</summary>
    public static SmallDisk Mount()
    {
        var disk = new SmallDisk();
        if (!Run("mount", "-t", "tmpfs", "-o", "size=1m,mode=1777", "tmpfs", disk.Folder))
        {
            Directory.Delete(disk.Folder);
            Assert.Skip("Needs Linux, and to be root or to have sudo without a password, to mount a disk.");
        }

        return disk;
    }

    public void Dispose()
    {
        Run("umount", "--lazy", Folder);
        Directory.Delete(Folder);
    }

    private static bool Run(params string[] command)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            var words = Environment.IsPrivilegedProcess ? command : ["sudo", "-n", .. command];
            using var process = Process.Start(new ProcessStartInfo(words[0], words[1..])
            {
                RedirectStandardError = true,
            })!;
            process.WaitForExit();

            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no sudo.
            return false;
        }
    }
}
