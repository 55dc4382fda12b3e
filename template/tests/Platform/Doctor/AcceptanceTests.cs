using System.Text.Json;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Doctor;

/// <summary>Findings that are accepted with a reason.</summary>
public sealed class AcceptanceTests
{
    [Fact]
    public async Task What_is_accepted_is_shown_with_its_reason_and_not_counted()
    {
        var settings = new Dictionary<string, string> { ["Doctor:Accepted:0"] = "D601=errors are in the log" };

        var before = await Diagnosis.Of([]);
        var diagnosis = await Diagnosis.Of(settings);

        Assert.Contains("D601", before.Found);
        Assert.DoesNotContain("D601", diagnosis.Found);
        Assert.Equal("Accepted: errors are in the log", diagnosis["D601"].Text("fix"));
        Assert.Equal(Warnings(before) - 1, Warnings(diagnosis));

        static int Warnings(Diagnosis diagnosis) =>
            JsonElement.Parse(diagnosis.Text).GetProperty("warnings").GetInt32();
    }

    [Fact]
    public async Task An_acceptance_with_the_detail_covers_no_other_finding_of_the_check()
    {
        var settings = new Dictionary<string, string>
        {
            ["Doctor:Accepted:0"] = "D201 ConnectionStrings:Redis=no one else reaches it",
            ["ConnectionStrings:Redis"] = "127.0.0.1:1,password=postgres",
        };

        var accepted = await Diagnosis.Of(settings);
        var another = await Diagnosis.Of(new(settings) { ["Smtp:UserName"] = "app", ["Smtp:Password"] = "postgres" });

        Assert.Equal("Accepted: no one else reaches it", accepted["D201"].Text("fix"));
        Assert.Contains("in ConnectionStrings:Redis, Smtp:Password has", another["D201"].Text("message"));
        Assert.Contains("D201", another.Found);
    }

    [Theory]
    [InlineData("D601")]
    [InlineData("D601 x")]
    [InlineData("D61=why")]
    [InlineData("D601=")]
    public async Task An_acceptance_needs_an_id_and_a_reason(string accepted)
    {
        var diagnosis = await Diagnosis.Of(new() { ["Doctor:Accepted:0"] = accepted });

        Assert.Contains("D800", diagnosis.Found);
        Assert.Equal("failure", diagnosis["D800"].Text("status"));
    }
}
