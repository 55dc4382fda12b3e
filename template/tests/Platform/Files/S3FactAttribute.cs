using System.Runtime.CompilerServices;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Files;

internal sealed class S3FactAttribute(
    [CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : NeedsFactAttribute(
        Store.Length > 0,
        "a bucket: set TEST_S3 to http://key:secret@host:port/bucket.",
        sourceFilePath,
        sourceLineNumber)
{
    private static readonly string Store = Environment.GetEnvironmentVariable("TEST_S3") ?? "";

    public static App AppInBucket()
    {
        var store = new Uri(Store);
        var credentials = store.UserInfo.Split(':');
        Output.KeepSecret("key of the store", credentials[1], credentials[0]);

        return new AppWithSampleFiles
        {
            ["S3:ServiceUrl"] = store.GetLeftPart(UriPartial.Authority).Replace(store.UserInfo + "@", ""),
            ["S3:Bucket"] = store.AbsolutePath.Trim('/'),
            ["S3:AccessKey"] = credentials[0],
            ["S3:SecretKey"] = credentials[1],
        };
    }
}
