using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace ProdReadyTemplate.Tests;

/// <summary>
/// Images that stand in for the real ones, under their names and tags. tests/docker/NAME has the Dockerfile of each.
/// All begin with one Debian that has the packages of all, so that apt runs once; the next run takes it from a cache.
/// </summary>
internal sealed partial class StandIns(string work, Dictionary<string, string?> variables)
{
    // What images stand in for is added here: one run of apt for all is far quicker than one for each.
    private const string Packages =
        "ca-certificates,caddy,curl,libssl3,libstdc++6,openssh-client,postgresql,prometheus,prometheus-alertmanager,"
        + "prometheus-blackbox-exporter,prometheus-node-exporter,python3-aiosmtpd,redis-server,restic,snooze,wget";

    private static readonly string Recipes = Path.Combine(Template.Repository, "tests", "docker");
    private static readonly string Cache = Path.Combine("/var/tmp", "prodready-stand-ins");

    private static readonly Lazy<Task<string>> Debian = new(MakeDebian);

    private readonly SemaphoreSlim turn = new(1);
    private readonly HashSet<string> made = [];

    /// <summary>The images that a Dockerfile or compose file mentions, without those that it builds itself.</summary>
    public static IEnumerable<string> ImagesIn(string file) =>
        Mention().Matches(file).Select(mention => mention.Groups["image"].Value).Distinct();

    /// <summary>Begins what takes two minutes where it is not in the cache.</summary>
    public static void Prepare() => _ = Debian.Value;

    public async Task Make(string image)
    {
        await turn.WaitAsync();
        try
        {
            if (made.Count == 0)
            {
                await Docker("import", await Debian.Value, "stand-in");
            }

            if (made.Add(image))
            {
                var recipe = Path.Combine(Recipes, image.Split(':')[0].Split('/')[^1]);
                // The images of .NET have the .NET of this machine.
                var context = image.Contains("/dotnet/") ? DotnetRoot() : recipe;
                await Docker("build", "--quiet", "--file", Path.Combine(recipe, "Dockerfile"), "--tag", image, context);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<string> MakeDebian()
    {
        // Another list of packages is another file.
        var debian = Path.Combine(Cache, $"bookworm-{Packages.Replace(',', '-')}.tar");
        if (!File.Exists(debian))
        {
            Directory.CreateDirectory(Cache);
            await Cli.Run(
                Cache,
                [],
                "mmdebstrap",
                "--variant=minbase",
                $"--include={Packages}",
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-exclude=/usr/share/man/*",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                // The authorities that this machine trusts, its own among them.
                "--customize-hook=copy-in /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs",
                "bookworm",
                $"{debian}.part.tar");
            File.Move($"{debian}.part.tar", debian);
        }

        return debian;
    }

    private Task<string> Docker(params string[] args) => Cli.Run(work, variables, DockerEngine.Client, args);

    private static string DotnetRoot() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    // A FROM of an earlier stage has neither a dot, nor a colon, nor a slash.
    [GeneratedRegex(@"(?m)^(FROM( --\S+)*|\s+image:) +(?<image>[\w./-]*[.:/][\w./:-]+)")]
    private static partial Regex Mention();
}
