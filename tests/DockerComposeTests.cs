using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ProdReadyTemplate.Tests;

/// <summary>The compose file for development, with and without the secrets that generation made.</summary>
[Collection(nameof(DockerProject))]
public sealed class DockerComposeTests(DockerProject made)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Compose_up_alone_is_enough_for_development(bool hasEnv)
    {
        Assert.SkipWhen(DockerEngine.IsMissing, DockerEngine.Missing);
        var env = Path.Combine(made.Project.Folder, ".env");
        var key = made.Project.SigningKey;
        // What is for the app outside Docker.
        await File.AppendAllTextAsync(
            env, "\nConnectionStrings__Database=Host=localhost\nSmtp__Host=localhost\n", Ct);
        using var aside = hasEnv ? null : new Renamed(env);
        try
        {
            await made.Docker("compose", "up", "--detach");
            var app = await made.Docker("compose", "ps", "--quiet", "app");
            using var client = await made.Client(app, 8080);
            await made.UntilReady(app, client);
            using var mailpit = await made.Client(await made.Docker("compose", "ps", "--quiet", "mailpit"), 8025);

            var visitor = new Visitor(Mailboxes.Mailpit(mailpit));
            await visitor.SignUp(client);

            Assert.Equal(visitor.Email, (await visitor.Get(client, "account")).GetProperty("email").GetString());
            Assert.Contains("<html", await client.GetStringAsync("/", Ct));
            Assert.Equal(hasEnv, IsSignedWith(key, visitor.Bearer!.Parameter!));
        }
        finally
        {
            await made.Docker("compose", "down", "--volumes");
        }
    }

    private static bool IsSignedWith(string key, string token)
    {
        var parts = token.Split('.');
        var signature = HMACSHA256.HashData(
            Convert.FromBase64String(key), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"));

        return Base64Url.EncodeToString(signature) == parts[2];
    }

    private sealed class Renamed : IDisposable
    {
        private readonly string file;

        public Renamed(string file)
        {
            this.file = file;
            File.Move(file, $"{file}.aside");
        }

        public void Dispose() => File.Move($"{file}.aside", file);
    }
}
