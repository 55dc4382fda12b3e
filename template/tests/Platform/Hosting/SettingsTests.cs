using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Hosting;

/// <summary>docs/configuration.md and .env.example list the settings that the code has.</summary>
public sealed partial class SettingsTests(SharedApp app)
{
    [Fact]
    public void Every_options_class_is_bound_and_validated()
    {
        var classes = typeof(Program).Assembly.GetTypes().Where(type => type.GetField("Section") is not null);

        Assert.Equal(classes.OrderBy(type => type.Name), Sections().Select(s => s.Type).OrderBy(type => type.Name));
    }

    [Fact]
    public void The_page_on_configuration_names_every_setting_and_its_default()
    {
        var rows = Row().Matches(File.ReadAllText(Repository.PathOf("docs", "configuration.md")))
            .DistinctBy(row => row.Groups["key"].Value)
            .ToDictionary(row => row.Groups["key"].Value, row => row.Groups["default"].Value);

        Assert.Equal(Settings().Keys.Order(), rows.Keys.Order());
        foreach (var (key, value) in Settings().Where(setting => setting.Value.Length > 0))
        {
            Assert.Equal((key, $"`{value}`"), (key, rows[key]));
        }
    }

    [Fact]
    public void The_page_on_limits_begins_each_rate_limit_with_its_default()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "limits.md"));

        var limits = Settings().Where(setting => PermitLimit().IsMatch(setting.Key)).ToList();

        Assert.NotEmpty(limits);
        foreach (var (key, value) in limits)
        {
            var number = int.Parse(value, CultureInfo.InvariantCulture).ToString("N0", CultureInfo.InvariantCulture);

            Assert.Matches($@"\n\| [^|]+ \| {number} [^\n]+ `{key.Replace(":PermitLimit", "")}` \|\n", page);
        }
    }

    [Fact]
    public void The_example_file_names_every_setting_and_its_default()
    {
        var lines = Line().Matches(File.ReadAllText(Repository.PathOf(".env.example")))
            .ToLookup(line => line.Groups["key"].Value.Replace("__", ":"), line => line.Groups["value"].Value.Trim());

        foreach (var (key, value) in Settings())
        {
            // For a list or a map the file has one item.
            var line = lines.FirstOrDefault(l => l.Key == key || l.Key.StartsWith(key + ":", StringComparison.Ordinal));

            Assert.True(line is not null, $"{key} is missing.");
            Assert.True(value.Length == 0 || line.Single() == value, $"{key} is {value} and not {line.First()}.");
        }

        Assert.All(lines, line => Assert.Contains(
            Settings().Keys, key => line.Key == key || line.Key.StartsWith(key + ":", StringComparison.Ordinal)));
    }

    private IEnumerable<SettingsSection> Sections() => app.Services.GetServices<SettingsSection>();

    /// <summary>Every key with the default of its class; empty where it has none.</summary>
    private Dictionary<string, string> Settings() => Sections()
        .SelectMany(section => section.Keys.Zip(DefaultsOf(section.Type)))
        .ToDictionary(setting => setting.First, setting => setting.Second);

    private static IEnumerable<string> DefaultsOf(Type type)
    {
        var defaults = Activator.CreateInstance(type);

        return type.GetProperties().Select(property => property.GetValue(defaults) switch
        {
            string text => text,
            bool flag => flag ? "true" : "false",
            Enum name => name.ToString(),
            IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
            _ => "",
        });
    }

    [GeneratedRegex("^\\| `(?<key>[^`]+)` \\| (?<default>[^|]+) \\| [^|]{10,} \\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^RateLimits:\\w+:PermitLimit$")]
    private static partial Regex PermitLimit();

    [GeneratedRegex("^(# )?(?<key>[A-Za-z][\\w.]+)=(?<value>.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
