using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Application;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform;

/// <summary>Api → Application → Domain; Infrastructure → Application, Domain; only Program.cs knows all.</summary>
public sealed partial class ArchitectureTests
{
    private const string Root = "ProdReady";

    // The rooms that do not know each other, neither in their own layer nor in another one.
    private static readonly string[] Rooms =
    [
        "Api.RateLimiting", "Api.Idempotency", "Api.Files", "Api.OpenApi",
        "Application.RateLimiting", "Application.Idempotency", "Application.Files", "Application.Email",
        "Application.Accounts",
        "Infrastructure.RateLimiting", "Infrastructure.Idempotency", "Infrastructure.Files", "Infrastructure.Email",
        "Infrastructure.Accounts", "Infrastructure.DataProtection", "Infrastructure.Observability",
        "Infrastructure.Database", "Infrastructure.Jobs",
    ];

    // Every room may use these; Runtime_code_does_not_know_documentation_code says what of OpenApi. The keys of Data
    // Protection are encrypted with the signing keys of JwtOptions. Accounts send mails, and count them.
    private static readonly string[] Allowed =
        [".* → (Database|Jobs|OpenApi)", "DataProtection → Accounts", "Accounts → (Email|RateLimiting)"];

    private static readonly Architecture Code = new ArchLoader().LoadAssemblies(typeof(Program).Assembly).Build();

    [Fact]
    public void The_domain_knows_no_other_layer() => MustNotKnow(
        "Domain",
        $@"{Root}\.(Api|Application|Infrastructure|Hosting|Doctor)",
        @"Microsoft\.(EntityFrameworkCore|Extensions|AspNetCore\.(?!Identity))",
        "FluentValidation");

    [Fact]
    public void Use_cases_know_neither_HTTP_nor_hosting_nor_infrastructure() => MustNotKnow(
        "Application",
        $@"{Root}\.(Api|Infrastructure|Hosting|Doctor)",
        @"Microsoft\.AspNetCore\.(?!Identity)",
        "Npgsql|MailKit|MimeKit|Serilog|StackExchange");

    [Fact]
    public void The_api_knows_infrastructure_only_through_use_cases() => MustNotKnow(
        "Api", $@"{Root}\.(Infrastructure|Hosting|Doctor)", "Npgsql|MailKit|StackExchange");

    [Fact]
    public void Infrastructure_knows_no_routes() => MustNotKnow("Infrastructure", $@"{Root}\.(Api|Hosting|Doctor)");

    [Fact]
    public void Doctor_looks_at_every_layer_and_only_the_commands_know_it()
    {
        MustNotKnow("Doctor", $@"{Root}\.Hosting");
        MustBeNone(Dependencies($@"{Root}\.Hosting\.(?!Commands)", $@"{Root}\.Doctor\."));
    }

    [Fact]
    public void Hosting_knows_no_features() => MustNotKnow(
        "Hosting", $@"{Root}\.(Api|Domain|Application\.\w+\.|Infrastructure\.(?!Database))");

    [Fact]
    public void Rooms_do_not_know_each_other() => MustBeNone(
        from room in Rooms
        from other in Rooms
        let arrow = $"{room.Split('.')[1]} → {other.Split('.')[1]}"
        where room.Split('.')[1] != other.Split('.')[1] && !Regex.IsMatch(arrow, $"^({string.Join('|', Allowed)})$")
        from dependency in Dependencies($@"{Root}\.{room}\.", $@"{Root}\.{other}\.")
        select dependency);

    // Describing has the methods with which a verb describes itself in the OpenAPI document.
    [Fact]
    public void Runtime_code_does_not_know_documentation_code() => MustBeNone(
        Dependencies($@"{Root}\.Api\.(?!OpenApi|Endpoints)", $@"{Root}\.Api\.OpenApi\.(?!Describing)"));

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
        var services = new ServiceCollection();
        var useCases = typeof(UseCases).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith($"{Root}.Application.", StringComparison.Ordinal) is true)
            .Where(type => type.GetMethod("Handle") is not null)
            .ToList();

        services.AddUseCases();

        Assert.NotEmpty(useCases);
        Assert.All(useCases, useCase => Assert.Contains(services, service => service.ServiceType == useCase));
    }

    private static void MustNotKnow(string layer, params string[] forbidden)
    {
        var types = $@"{Root}\.{layer}\.";

        Assert.Contains(Code.Types, type => Regex.IsMatch(type.FullName, $"^({types})"));
        MustBeNone(Dependencies(types, string.Join('|', forbidden)));
    }

    private static void MustBeNone(IEnumerable<string> dependencies)
    {
        var forbidden = dependencies.Distinct().Order().ToList();

        Assert.True(forbidden.Count == 0, "Forbidden dependencies:\n" + string.Join('\n', forbidden));
    }

    /// <summary>"X → Y" for each type that depends on another, by the beginning of their full names.</summary>
    private static IEnumerable<string> Dependencies(string from, string to) =>
        from type in Code.Types
        where Regex.IsMatch(type.FullName, $"^({from})")
        from dependency in type.Dependencies
        where Regex.IsMatch(dependency.Target.FullName, $"^({to})")
        select $"{type.FullName} → {dependency.Target.FullName}".Replace($"{Root}.", "");

    [GeneratedRegex("MapGroup\\(\"/api/v1\"\\)(?<verbs>[^;]+);")]
    private static partial Regex Guards();
}
