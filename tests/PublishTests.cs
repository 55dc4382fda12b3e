namespace ProdReadyTemplate.Tests;

public sealed class PublishTests(Template template)
{
    [Fact]
    public async Task Publishing_the_solution_publishes_the_app_alone()
    {
        var published = await template.Published();

        var project = await template.Default();
        var files = Directory.GetFiles(published, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        Assert.Contains("Acme.Shop.dll", files);
        Assert.DoesNotContain(files, file => file!.Contains("Tests") || file.StartsWith("xunit"));
        Assert.Equal(
            [published], Directory.GetDirectories(project.Folder, "publish", SearchOption.AllDirectories));
    }
}
