using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Tests.Support;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace ProdReady.Tests.Platform;

/// <summary>Api → Application → Domain; Infrastructure → Application, Domain; only Program.cs knows all.</summary>
public sealed partial class ArchitectureTests(SharedApp app)
{
    private const string Api = @"^ProdReady\.Api";
    private const string Application = @"^ProdReady\.Application";
    private const string Domain = @"^ProdReady\.Domain";
    private const string Infrastructure = @"^ProdReady\.Infrastructure";

    private static readonly Architecture Code = new ArchLoader().LoadAssemblies(typeof(Program).Assembly).Build();

    [Fact]
    public void The_domain_knows_nobody() => MustNotKnow(
        Domain,
        Api,
        Application,
        Infrastructure,
        @"^Microsoft\.EntityFrameworkCore",
        @"^Microsoft\.AspNetCore\.(?!Identity)",
        "^FluentValidation");

    [Fact]
    public void Use_cases_know_neither_HTTP_nor_the_outside_world() => MustNotKnow(
        Application,
        Api,
        Infrastructure,
        @"^Microsoft\.AspNetCore\.Http",
        "^Npgsql",
        "^MailKit",
        "^MimeKit",
        "^Serilog",
        "^StackExchange");

    [Fact]
    public void The_api_reaches_the_outside_world_only_through_use_cases() => MustNotKnow(
        Api, Infrastructure, "^Npgsql", "^MailKit", "^StackExchange");

    [Fact]
    public void Infrastructure_knows_nothing_of_HTTP_routes() => MustNotKnow(Infrastructure, Api);

    [Fact]
    public void The_page_on_versions_gives_each_version_the_guards_of_the_first()
    {
        var program = File.ReadAllText(Repository.PathOf("src", "Program.cs"));
        var page = File.ReadAllText(Repository.PathOf("docs", "versioning.md"));

        var guards = Guards().Match(program).Groups["verbs"].Value;

        Assert.NotEmpty(guards);
        Assert.Equal(2, page.Split($"{guards};").Length - 1);
    }

    [Fact]
    public void Every_use_case_is_registered()
    {
        using var scope = app.Services.CreateScope();
        var useCases = typeof(Program).Assembly.GetTypes()
            .Where(type => type.Namespace?.Contains(".Application") == true && type.GetMethod("Handle") is not null)
            .ToList();

        Assert.NotEmpty(useCases);
        Assert.All(useCases, useCase => Assert.NotNull(scope.ServiceProvider.GetService(useCase)));
    }

    private static void MustNotKnow(string layer, params string[] forbidden)
    {
        var strangers = Types(includeReferenced: true).That().ResideInNamespaceMatching(string.Join('|', forbidden));

        Types().That().ResideInNamespaceMatching(layer).Should().NotDependOnAny(strangers).Check(Code);
    }

    [GeneratedRegex("MapGroup\\(\"/api/v1\"\\)(?<verbs>[^;]+);")]
    private static partial Regex Guards();
}
