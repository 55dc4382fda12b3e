using ProdReady.Application.Files;

namespace ProdReady.Infrastructure.Files;

internal static class Disk
{
    // By their numbers in Linux and macOS: no space, file too large, quota (twice); and in Windows.
    private static readonly HashSet<int> Full = [28, 27, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Writes, and says so in words that a user understands where there is no room.</summary>
    public static void Write(Action write)
    {
        try
        {
            write();
        }
        catch (IOException exception) when (Full.Contains(exception.HResult))
        {
            throw new StorageFullException("There is no room for files at the moment. Try again later.", exception);
        }
    }

    public static async Task Write(Func<ValueTask> write)
    {
        try
        {
            await write();
        }
        catch (IOException exception) when (Full.Contains(exception.HResult))
        {
            throw new StorageFullException("There is no room for files at the moment. Try again later.", exception);
        }
    }
}
