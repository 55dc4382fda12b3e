using ProdReady.Doctor;

namespace ProdReady.Hosting;

internal static partial class Commands
{
    private const string List = """
        Commands:
          (none)    serves
          migrate   applies the pending migrations of the database
          doctor    says what keeps this app from production; --json, --strict
          health    asks the app that runs on this machine, or in this container, whether it is ready
          --help    prints this list
        """;

    // What the host reads, and settings: --key=value, or the value in the next argument.
    private const string Key = @"^--(AllowedHosts|applicationName|contentRoot|detailedErrors|environment|https?_ports?"
        + @"|shutdownTimeoutSeconds|urls|webroot|(?-i:[A-Z]+_[A-Z_]+)|\w+:[\w.:-]+)";

    // The output of doctor is its report, which may be JSON, and not its log. With the categories of appsettings.json.
    private static readonly string[] Quiet =
    [
        "--Serilog:MinimumLevel:Default=Fatal",
        "--Serilog:MinimumLevel:Override:Microsoft.AspNetCore=Fatal",
        "--Serilog:MinimumLevel:Override:Microsoft.EntityFrameworkCore=Fatal",
        "--Serilog:MinimumLevel:Override:System.Net.Http.HttpClient=Fatal",
    ];

    /// <summary>
    /// The app is the same from every working directory: its settings and files are those beside it. Settings are read
    /// once, at the start: a watcher of their files costs a thread, and most settings could not follow a change.
    /// </summary>
    public static string[] WithHostDefaults(this string[] args)
    {
        foreach (var variable in (string[])["ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"])
        {
            Environment.SetEnvironmentVariable(variable, Spelled(Environment.GetEnvironmentVariable(variable)));
        }

        return
        [
            $"--contentRoot={AppContext.BaseDirectory}",
            "--hostBuilder:reloadConfigOnChange=false",
            .. args.Command() is ["doctor", ..] ? Quiet : [],
            // Without the command: the host would take the argument behind --json for its value.
            .. args.Select((_, i) => args.IsCommand(i) ? null : args.Spelled(i)).OfType<string>(),
        ];
    }

    /// <summary>Runs what needs no app. A mistyped command or option is refused: it must not serve.</summary>
    /// <returns>The exit code; null if the app is needed.</returns>
    public static async Task<int?> RunWithoutApp(this string[] args) => args.Command() switch
    {
        ["health"] => await args.AskHealth(),
        var command when command.Any(word => word is "--help" or "-h" or "help") =>
            Print(Console.Out, List, exitCode: 0),
        // .NET recommends Invariant=true to a machine without ICU. Then one address makes two accounts.
        var command when "e\u0301".Normalize().Length > 1 => Print(
            Console.Error,
            "The app does not start: it needs ICU, and System.Globalization.Invariant is true.",
            exitCode: command is ["doctor", ..] ? 2 : 1),
        [] or ["migrate"] => null,
        ["doctor", .. var options] when options.All(option => option is "--json" or "--strict") => null,
        var command => Print(
            Console.Error, $"There is no such command: {string.Join(' ', Names(command))}\n{List}", exitCode: 2),
    };

    /// <summary>
    /// Runs the command in <paramref name="args"/>, or checks the settings of an app that will serve.
    /// </summary>
    /// <returns>The exit code; null if the app goes on and serves.</returns>
    public static async Task<int?> RunCommand(this WebApplication app, string[] args) => args.Command() switch
    {
        ["migrate"] => await app.Migrate(),
        var command when app.HasInvalidFiles() => command is ["doctor", ..] ? 2 : 1,
        // With valid settings only after the routes are mapped, since it looks at them too.
        ["doctor", ..] => app.HasValidSettings() ? null : await app.RunDoctor(args),
        _ when app.HasInvalidSettings() => 1,
        _ => null,
    };

    /// <returns>The exit code; null if the command is another one.</returns>
    public static async Task<int?> RunDoctor(this WebApplication app, string[] args) =>
        args.Command() is ["doctor", .. var options] ? await app.Examine(options) : null;

    /// <returns>The command and its options; none if the app serves.</returns>
    public static string[] Command(this string[] args) => [.. args.Where((_, i) => args.IsCommand(i))];

    private static bool IsCommand(this string[] args, int i) =>
        !Setting().IsMatch(args[i]) && !(i > 0 && SettingBefore().IsMatch(args[i - 1]));

    // The host compares the names of environments in any case. File systems of Linux do not: for "production" it would
    // not read appsettings.Production.json.
    private static string? Spelled(string? name) => Array.Find(
        [Environments.Development, Environments.Staging, Environments.Production],
        known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? name;

    private static string? Spelled(this string[] args, int i) => args[i].Split('=', 2) switch
    {
        [var key, var name] when IsEnvironment(key) => $"{key}={Spelled(name)}",
        [var name] when i > 0 && IsEnvironment(args[i - 1]) => Spelled(name),
        _ => args[i],
    };

    private static bool IsEnvironment(string key) => key.Equals("--environment", StringComparison.OrdinalIgnoreCase);

    // Not what follows a name, nor the word behind an option: that may be a secret.
    private static IEnumerable<string> Names(string[] command) => command
        .Where((word, i) => i == 0 || !command[i - 1].StartsWith('-') || word.StartsWith('-') || IsKnown(word))
        .Select(word => Name().Match(word).Value);

    private static bool IsKnown(string word) => word is "migrate" or "doctor" or "health";

    private static int Print(TextWriter writer, string text, int exitCode)
    {
        writer.WriteLine(text);

        return exitCode;
    }

    // The last: WebApplicationFactory passes settings, and each group of them as --Group= without a value.
    [GeneratedRegex(Key + @"(=|$)|^--\w+=$", RegexOptions.IgnoreCase)]
    private static partial Regex Setting();

    [GeneratedRegex(Key + "$", RegexOptions.IgnoreCase)]
    private static partial Regex SettingBefore();

    [GeneratedRegex(@"^[\w-]*")]
    private static partial Regex Name();
}
