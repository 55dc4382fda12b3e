using System.Runtime.CompilerServices;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Files;

internal sealed class ScannerFactAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : NeedsFactAttribute(
        Clamd.IsThere, "a virus scanner: install clamd (Debian: clamav-daemon).", sourceFilePath, sourceLineNumber);
