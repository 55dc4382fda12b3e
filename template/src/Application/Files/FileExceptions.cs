namespace ProdReady.Application.Files;

/// <summary>The name, the declared type and the content are not those of one supported kind: 415.</summary>
internal sealed class UnsupportedFileException(string message) : Exception(message);

/// <summary>The file has more than Uploads:MaxBytes: 413.</summary>
internal sealed class FileTooLargeException(long maxBytes)
    : Exception($"A file may have at most {maxBytes} bytes.");

/// <summary>The quota of the user is used up, or the disk is full: 507.</summary>
internal sealed class StorageFullException(string message, Exception? reason = null) : Exception(message, reason);
