namespace ProdReady.Application.Files;

/// <summary>Looks for malware in what arrives.</summary>
internal interface IUploadScanner
{
    /// <returns>The name of what was found; null where the file is clean.</returns>
    /// <exception cref="UnavailableException">Nobody can tell. Such a file is not let in.</exception>
    Task<string?> Scan(Stream file, CancellationToken ct);
}

/// <summary>Where none is configured.</summary>
internal sealed class NoScanner : IUploadScanner
{
    public Task<string?> Scan(Stream file, CancellationToken ct) => Task.FromResult<string?>(null);
}
