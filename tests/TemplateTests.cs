namespace ProdReadyTemplate.Tests;

/// <summary>The folder template/ is the complete program, with every switch on.</summary>
public sealed class TemplateTests
{
    private static readonly Project AsItStands = new(Path.Combine(Template.Repository, "template"));

    [Fact]
    public async Task The_template_builds_and_passes_its_tests_on_both_databases()
    {
        await AsItStands.Build();

        await AsItStands.Test(onPostgres: false);
        Assert.SkipUnless(Postgres.IsAvailable, Postgres.Missing);
        await AsItStands.Test(onPostgres: true);
    }

    [Fact]
    public void The_pages_of_the_tour_have_at_most_600_lines()
    {
        var files = Directory.GetFiles(Path.Combine(AsItStands.Folder, "src", "Api", "Demo"))
            .Where(file => Path.GetExtension(file) != ".cs").ToList();

        Assert.NotEmpty(files);
        Assert.InRange(files.Sum(file => File.ReadLines(file).Count()), 0, 600);
    }

    [Fact]
    public async Task The_template_is_formatted() =>
        await Cli.Dotnet(AsItStands.Folder, "format", "--verify-no-changes");
}
