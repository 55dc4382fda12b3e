using System.Text.Json;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>What doctor --json says.</summary>
internal sealed record Diagnosis(int ExitCode, string Text)
{
    // A setting may be invalid twice, so an id may occur twice.
    public IReadOnlyList<JsonElement> Checks { get; } =
        [.. JsonElement.Parse(Text).GetProperty("checks").EnumerateArray()];

    /// <summary>The ids of what was found, warnings and failures.</summary>
    public IEnumerable<string> Found => Checks.Where(check => check.Text("status") != "ok")
        .Select(check => check.Text("id")).Distinct();

    public JsonElement this[string id] => Checks.First(check => check.Text("id") == id);

    /// <summary>Of an app in this process, with the settings of Production and these.</summary>
    public static async Task<Diagnosis> Of(Dictionary<string, string> settings, params string[] options)
    {
        // What is not the subject of a test answers at once that it is not there.
        var all = new Dictionary<string, string>(Apps.ProductionSettings)
        {
            ["App:PublicUrl"] = "https://127.0.0.1:1",
            // What answers may take long: other tests run at the same time.
            ["Doctor:Timeout"] = "00:00:30",
            ["PwnedPasswords:BaseUrl"] = "http://127.0.0.1:1",
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var (exitCode, output, errors) = await EntryPoint.Run(all, ["doctor", "--json", .. options]);
        Assert.Empty(errors);

        return new Diagnosis(exitCode, string.Join('\n', output));
    }
}
