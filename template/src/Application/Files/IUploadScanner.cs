namespace ProdReady.Application.Files;

/// <summary>Scans uploads for malware.</summary>
internal interface IUploadScanner
{
    /// <returns>The name of the malware; null if the file is clean, or if no scanner is configured.</returns>
    /// <exception cref="UnavailableException">There is no verdict, so the file is refused.</exception>
    Task<string?> Scan(Stream file, CancellationToken ct);
}
