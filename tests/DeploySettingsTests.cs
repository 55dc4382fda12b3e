namespace ProdReadyTemplate.Tests;

/// <summary>deploy/settings.sh, which makes the settings of production.</summary>
public sealed class DeploySettingsTests(Template template)
{
    [Fact]
    public async Task It_makes_random_secrets_for_its_owner_alone_and_never_overwrites_them()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs a shell.");
        var (folder, said) = await Run("first", "app.example Smtp__Port=25 Shop__Name='a b' && true");
        var first = await File.ReadAllTextAsync(Path.Combine(folder, "app.env"), TestContext.Current.CancellationToken);
        var (_, again) = await Run("first", "other.example");
        var (other, _) = await Run("second", "app.example");
        var second = await File.ReadAllTextAsync(Path.Combine(other, "app.env"), TestContext.Current.CancellationToken);

        Assert.Contains("  Smtp__Host\n", said);
        Assert.Contains("  RESTIC_REPOSITORY\n", said);
        Assert.Contains("exit 1", again);
        Assert.Contains("app.env exists", again);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(Path.Combine(folder, "app.env")));
        Assert.Equal(["Smtp__Host=", "Smtp__UserName=", "Smtp__Password=", "RESTIC_REPOSITORY="], Empty(first));
        Assert.Contains("\nSITE=app.example\nAllowedHosts=app.example\nApp__PublicUrl=https://app.example\n", first);
        Assert.Contains("\nSmtp__Port=25\n", first);
        Assert.EndsWith("\nShop__Name=a b\n", first);
        Assert.Equal("COMPOSE_PROJECT_NAME=app-example\n", File.ReadAllText(Path.Combine(folder, ".env")));
        Assert.All(Secrets(first), secret => Assert.DoesNotContain(secret, second));
        Assert.All(Secrets(first), secret => Assert.DoesNotContain(secret, said));
        Assert.Empty(Directory.GetFiles(folder, "app.env.[0-9]*"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("'https://app.example'")]
    [InlineData("-x")]
    [InlineData("app.example Smtp__Host")]
    [InlineData("app.example 'Smtp__Host=a\nPOSTGRES_PASSWORD=b'")]
    public async Task It_refuses_what_it_does_not_understand_and_writes_nothing(string arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs a shell.");
        var (folder, said) = await Run(Guid.NewGuid().ToString("N"), arguments);

        Assert.Contains("exit 1", said);
        Assert.StartsWith("settings: ", said);
        Assert.Equal(["app.env.example", "settings.sh"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    private async Task<(string Folder, string Output)> Run(string name, string arguments)
    {
        var folder = Path.Combine(template.Work, "settings", name);
        Directory.CreateDirectory(folder);
        foreach (var file in new[] { "settings.sh", "app.env.example" })
        {
            File.Copy(Path.Combine(Template.Repository, "template", "deploy", file), Path.Combine(folder, file), true);
        }

        return (folder, await Cli.Run(folder, [], "sh", "-c", $"./settings.sh {arguments} 2>&1; echo \"exit $?\""));
    }

    private static UnixFileMode Mode(string file) =>
        OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file);

    private static IEnumerable<string> Empty(string text) =>
        text.Split('\n').Where(line => line.EndsWith('=') && !line.StartsWith('#'));

    private static IEnumerable<string> Secrets(string text) => text.Split('\n')
        .Where(line => line.Contains("PASSWORD=") || line.StartsWith("Jwt__SigningKeys__0="))
        .Select(line => line.Split('=', 2)[1])
        .Select(secret => secret.Length >= 48 ? secret : throw new InvalidDataException(text));
}
