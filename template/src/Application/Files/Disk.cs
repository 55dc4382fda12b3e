namespace ProdReady.Application.Files;

internal static class Disk
{
    // HResult of an IOException. Linux and macOS: ENOSPC, EFBIG, EDQUOT (two numbers). Windows: ERROR_DISK_FULL and
    // ERROR_HANDLE_DISK_FULL.
    private static readonly HashSet<int> Full =
        [28, 27, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>
    /// A full disk is a 507. Any other error of the disk is a 500: as an IOException it would look like a request body
    /// that cannot be read, which is a 400.
    /// </summary>
    public static T Write<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (IOException exception) when (Full.Contains(exception.HResult))
        {
            throw new StorageFullException("The server has no disk space left for files. Try again later.", exception);
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException("Writing to Uploads:Directory failed.", exception);
        }
    }

    public static void Write(Action write) => Write(() =>
    {
        write();

        return true;
    });
}

/// <summary>The quota of the user is used up, or the disk is full: 507.</summary>
internal sealed class StorageFullException(string message, Exception? reason = null) : Exception(message, reason);
