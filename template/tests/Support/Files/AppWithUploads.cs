using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProdReady.Api.Files;
using ProdReady.Api.Idempotency;

namespace ProdReady.Tests.Support.Files;

/// <summary>The app with a route that receives and checks a file, and answers with its metadata.</summary>
public sealed class AppWithUploads : App
{
    public const string Path = "/probe/uploads";
    public const int MaxBytes = 64 * 1024;

    public AppWithUploads()
    {
        Routes = routes => routes
            .MapPost(Path, (FileUpload upload) => TypedResults.Ok(upload.File))
            .AcceptsFile()
            .AcceptsIdempotencyKey();
        this["Uploads:MaxBytes"] = $"{MaxBytes}";
    }
}
