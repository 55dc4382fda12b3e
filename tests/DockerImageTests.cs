using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;

namespace ProdReadyTemplate.Tests;

/// <summary>What is in the image, and how it runs with the limits of production.</summary>
[Collection(nameof(DockerProject))]
public sealed class DockerImageTests(DockerProject made)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_image_has_the_published_app_and_nothing_else()
    {
        Assert.SkipWhen(DockerEngine.IsMissing, DockerEngine.Missing);
        var folder = Path.Combine(made.Project.Folder, "in-the-image");
        var container = await made.Docker("create", DockerProject.Image);
        await made.Docker("cp", $"{container}:/app", folder);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        var app = Path.Combine(folder, $"{DockerProject.Name}.dll");

        Assert.Contains(app, files);
        Assert.Contains(Path.Combine(folder, "appsettings.json"), files);
        Assert.All(files, file => Assert.DoesNotMatch(
            @"(\.cs|\.csproj|\.pdb|\.xml|\.slnx|\.md)$|/\.env|Development|Tests|xunit|launchSettings", file));
        Assert.All(files, file => Assert.DoesNotContain(
            made.Project.SigningKey, File.ReadAllText(file, Encoding.Latin1)));
        Assert.Equal(
            $"{DockerProject.Version}+{DockerProject.Revision}", FileVersionInfo.GetVersionInfo(app).ProductVersion);

        Assert.Equal("1654", await made.Inspect(DockerProject.Image, ".Config.User"));
        var settings = await made.Inspect(DockerProject.Image, ".Config.Env");
        Assert.DoesNotContain("ENVIRONMENT", settings);
        Assert.DoesNotContain("Jwt", settings);
        var labels = await made.Inspect(DockerProject.Image, ".Config.Labels");
        Assert.Contains($"image.version:{DockerProject.Version}", labels);
        Assert.Contains($"image.revision:{DockerProject.Revision}", labels);
    }

    [Fact]
    public async Task The_image_runs_as_in_production()
    {
        Assert.SkipWhen(DockerEngine.IsMissing, DockerEngine.Missing);
        var production = await DockerProduction.Start(made);
        using var client = await production.Serve("first");
        await made.Until("first", async () => await made.Inspect("first", ".State.Health.Status") == "healthy");
        var visitor = await production.Visitor(client);

        var picture = Picture(comments: 1);
        var stored = await visitor.TryUpload(client, await visitor.OpenTicket(client), picture, "image/jpeg");
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        Assert.Equal(2, (await production.Command("migrat")).ExitCode);
        await made.Docker("stop", "--time", "30", "first");

        Assert.Equal("0", await made.Inspect("first", ".State.ExitCode"));
        // Another container, as after an update: the volume has the file.
        using var later = await production.Serve("second");
        later.DefaultRequestHeaders.Authorization = visitor.Bearer;
        Assert.Equal(picture, await later.GetByteArrayAsync(stored.Headers.Location!, Ct));
    }

    [Fact]
    public async Task At_its_limit_of_memory_the_app_refuses_requests_and_is_not_killed()
    {
        Assert.SkipWhen(DockerEngine.IsMissing, DockerEngine.Missing);
        var production = await DockerProduction.Start(made);
        using var client = await production.Serve(
            "loaded",
            "--env", "RateLimits__Api__PermitLimit=1000000",
            "--env", "RateLimits__Auth__PermitLimit=1000000",
            "--env", "RateLimits__Writes__PermitLimit=1000000",
            "--env", "Uploads__QuotaBytes=100000000000");
        var visitor = await production.Visitor(client);
        client.DefaultRequestHeaders.Authorization = visitor.Bearer;
        var picture = Picture(comments: 70);

        // Long ones, so that lists of them are as well.
        Task<string> OpenTicket() => visitor.OpenTicket(client, new string('x', 9000));
        var answers = await Load(
            (Callers: 30, () => visitor.TrySignIn(client)),
            (Callers: 16, async () => await visitor.TryUpload(client, await OpenTicket(), picture, "image/jpeg")),
            (Callers: 30, () => client.GetAsync("/api/v1/tickets?limit=100", Ct)));

        Assert.Equal("true false", await made.Inspect("loaded", ".State.Running}} {{.State.OOMKilled"));
        Assert.Contains(HttpStatusCode.OK, answers.Keys);
        Assert.Contains(HttpStatusCode.Created, answers.Keys);
        Assert.Empty(answers.Keys.Except(
        [
            HttpStatusCode.OK, HttpStatusCode.Created,
            HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable,
        ]));
    }

    // For 15 seconds each caller sends the next request when it has the answer to the one before.
    private static async Task<IReadOnlyDictionary<HttpStatusCode, int>> Load(
        params (int Callers, Func<Task<HttpResponseMessage>> Send)[] kinds)
    {
        var answers = new ConcurrentDictionary<HttpStatusCode, int>();
        var end = DateTime.UtcNow.AddSeconds(15);
        await Task.WhenAll(kinds.SelectMany(kind => Enumerable.Repeat(kind.Send, kind.Callers)).Select(async send =>
        {
            while (DateTime.UtcNow < end)
            {
                using var response = await send();
                answers.AddOrUpdate(response.StatusCode, 1, (_, count) => count + 1);
            }
        }));

        return answers;
    }

    // A picture with comments of 64 KiB behind its first two bytes.
    private byte[] Picture(int comments)
    {
        var picture = File.ReadAllBytes(
            Path.Combine(made.Project.Folder, "tests", "Support", "Files", "Samples", "photo.jpg"));
        byte[] comment = [0xFF, 0xFE, 0xFF, 0xFF, .. new byte[65_533]];

        return [.. picture[..2], .. Enumerable.Repeat(comment, comments).SelectMany(bytes => bytes), .. picture[2..]];
    }
}
