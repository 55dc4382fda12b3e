using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Domain;
using ProdReady.Infrastructure.Database;
using ProdReady.Tests.Support;
using Serilog.Events;

namespace ProdReady.Tests.Platform.Database;

public sealed class HotReloadTests
{
    private static bool hasColumn;

    [Fact]
    public async Task A_hot_reload_that_changes_the_model_is_a_warning_and_any_other_is_silent()
    {
        await using var app = await new App
        {
            Replace = services => services.ConfigureDbContext<AppDbContext>(
                options => options.ReplaceService<IModelCustomizer, NewColumn>()),
        }.Started();
        HotReload.Start(app.Services);

        HotReload.UpdateApplication(null);
        var before = Warnings(app);
        hasColumn = true;
        HotReload.UpdateApplication(null);

        Assert.Empty(before);
        Assert.Contains("Restart it", Assert.Single(Warnings(app)));
    }

    private static List<string> Warnings(App app) =>
    [
        .. app.Log.Lines
            .Where(line => line.Level == LogEventLevel.Warning)
            .Select(line => line.RenderMessage())
            .Where(line => line.StartsWith("The model has changed")),
    ];

    // Stands for a property that is added to User while the app runs.
    private sealed class NewColumn(ModelCustomizerDependencies dependencies) : RelationalModelCustomizer(dependencies)
    {
        public override void Customize(ModelBuilder model, DbContext context)
        {
            base.Customize(model, context);
            if (hasColumn)
            {
                model.Entity<User>().Property<string>("Nickname");
            }
        }
    }
}
