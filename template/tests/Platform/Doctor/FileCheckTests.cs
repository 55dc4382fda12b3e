using ProdReady.Doctor;
using ProdReady.Tests.Platform.Files;
using ProdReady.Tests.Support;
using ProdReady.Tests.Support.Files;

namespace ProdReady.Tests.Platform.Doctor;

public sealed class FileCheckTests
{
    [Fact]
    public async Task Wrong_limits_and_a_wrong_storage_are_found()
    {
        var small = await Diagnosis.Of(new()
        {
            ["ClamAv:Host"] = "127.0.0.1",
            ["ClamAv:Port"] = "1",
            ["Uploads:Directory"] = OperatingSystem.IsLinux() ? "/proc/uploads" : ".data/uploads",
            ["Uploads:KeepDeleted"] = "00:00:00",
            ["Uploads:MaxPixels"] = "200000000",
            ["Uploads:QuotaBytes"] = "1",
            //#if (S3)
            ["S3:Bucket"] = "files",
            ["S3:ServiceUrl"] = "http://127.0.0.1:1",
            ["S3:AccessKey"] = "key-of-the-store",
            ["S3:SecretKey"] = $"{Guid.NewGuid():N}",
            //#endif
        });
        var large = await Diagnosis.Of(new() { ["Uploads:QuotaBytes"] = "1099511627776" });

        Assert.Superset(new HashSet<string> { "D501", "D502", "D503", "D808" }, small.Found.ToHashSet());
        Assert.Equal(OperatingSystem.IsLinux(), small.Found.Contains("D805"));
        //#if (S3)
        Assert.Contains("D809", small.Found);
        //#endif
        // No machine has room for ten users with a terabyte each.
        Assert.Contains("D806", large.Found);
    }

    [ScannerFact]
    public async Task A_scanner_that_takes_no_file_of_the_largest_size_is_found()
    {
        await using var clamd = await Clamd.Start();
        Dictionary<string, string> settings = new()
        {
            ["ClamAv:Host"] = "127.0.0.1",
            ["ClamAv:Port"] = $"{clamd.Port}",
            ["Uploads:MaxBytes"] = "500000",
        };

        var fine = await Diagnosis.Of(settings);
        var small = await Diagnosis.Of(new(settings) { ["Uploads:MaxBytes"] = "5000000" });

        Assert.Equal("ok", fine["D503"].Text("status"));
        Assert.Equal("failure", small["D503"].Text("status"));
    }

    [PostgresFact]
    public async Task A_file_that_another_instance_has_is_found()
    {
        await using var app = await new AppWithSampleFiles().Started();
        using var client = await app.SignedInClient();
        (await client.Keep(Pictures.Photo)).EnsureSuccessStatusCode();

        var before = await Examination.Of(app.Services, []);
        Directory.Delete(Path.Combine(app.Folder, ".data", "uploads", SampleFile.Table), recursive: true);
        var after = await Examination.Of(app.Services, []);

        Assert.Equal(Status.Ok, before.Single(result => result.Id == "D807").Status);
        Assert.Equal(Status.Failure, after.Single(result => result.Id == "D807").Status);
        Assert.Contains(SampleFile.Table, after.Single(result => result.Id == "D807").Message);
    }
}
