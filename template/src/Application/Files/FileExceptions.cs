namespace ProdReady.Application.Files;

/// <summary>It is no file of a kind that is taken here, or not the one that it says: 415.</summary>
internal sealed class UnsupportedFileException(string message) : Exception(message);

/// <summary>There is more of it than is taken: 413.</summary>
internal sealed class FileTooLargeException(long maxBytes)
    : Exception($"A file may have at most {maxBytes} bytes.");

/// <summary>The user, or the disk, has no room left: 507.</summary>
internal sealed class StorageFullException(string message, Exception? reason = null) : Exception(message, reason);

/// <summary>Something that the app needs for this does not answer: 503.</summary>
internal sealed class UnavailableException(string message, Exception? reason = null) : Exception(message, reason);
