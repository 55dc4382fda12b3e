using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.Files;
using ProdReady.Api.Idempotency;

namespace ProdReady.Tests.Support;

/// <summary>The app with a route that takes a file and says what it was.</summary>
public sealed class AppWithUploads : App
{
    public const string Files = "/probe/files";
    public const int Limit = 64 * 1024;

    public AppWithUploads()
    {
        Routes = routes => routes
            .MapPost(Files, (FileUpload upload) => TypedResults.Ok(upload.File))
            .AcceptsFile()
            .AcceptsIdempotencyKey();
        this["Uploads:MaxBytes"] = $"{Limit}";
    }

    /// <summary>What is just arriving.</summary>
    internal IEnumerable<string> Incoming()
    {
        var folder = Path.Combine(Folder, ".data", "uploads", "incoming");

        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [];
    }
}
