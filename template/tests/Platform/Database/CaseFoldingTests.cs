using Microsoft.EntityFrameworkCore;
using ProdReady.Application;
using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform.Database;

/// <summary>A search folds the case in the column and in the pattern by the same rules, on every database.</summary>
public sealed class CaseFoldingTests
{
    private static readonly (string Text, string Pattern)[] Matches =
    [
        ("Printer", "pRINTER"),
        ("Brücke", "BRÜCKE"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "straße"),
        ("ОДЕССА", "одесса"),
        ("ΟΔΟΣ", "οδος"), // at the end of a word the small sigma is another letter
        ("ΟΔΟΣΑ", "ΟΔΟΣ"),
        ("οδός", "ΟΔΌΣ"),
        ("İstanbul", "istanbul"),
        ("İSTANBUL", "İstanbul"),
        ("ısparta", "ISPARTA"),
        ("Ǆ", "ǆ"),
        ("Ꭰ", "ꭰ"),
        ("თბილისი", "ᲗᲑᲘᲚᲘᲡᲘ"),
        ("𐐀", "𐐨"),
        ("ԱՐԱՐԱՏ", "արարատ"),
        ("東京タワー", "京タ"),
        ("e\u0301", "E\u0301"),
        ("a😀b", "A😀B"),
        ("5 \u212A", "5 k"), // the sign of Kelvin
    ];

    [PostgresFact]
    public async Task Every_script_is_folded_under_the_locale_C()
    {
        var database = await TestPostgres.CreateDatabase("TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
        await App.Migrate(database);
        await using var app = await new App { ["ConnectionStrings:Database"] = database }.Started();

        await ShouldFold(app);
    }

    [PostgresFact]
    public async Task A_database_with_another_encoding_is_refused_with_the_command_that_creates_one()
    {
        var database = await TestPostgres.CreateDatabase("TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");

        var (exitCode, output, errors) = await AppProcess.Run(
            new Dictionary<string, string> { ["ConnectionStrings:Database"] = database }, ["migrate"]);

        Assert.Equal(1, exitCode);
        Assert.Contains(
            "The database has the encoding SQL_ASCII, and must have UTF8: "
            + "CREATE DATABASE app ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0",
            Assert.Single(output));
        Assert.Empty(errors);
        await TestPostgres.DropDatabase(database);
    }

    //#if (Sqlite)
    [Fact]
    public async Task Every_script_is_folded_by_the_embedded_database()
    {
        await using var app = await new App { ["ConnectionStrings:Database"] = "" }.Started();

        await ShouldFold(app);
    }

    //#endif
    private static async Task ShouldFold(App app)
    {
        await app.ConfirmedUser();

        foreach (var (text, pattern) in Matches)
        {
            Assert.True(await IsFound(text, pattern), $"{pattern} is not found in {text}.");
            Assert.True(await IsFound(text, text), $"{text} is not found in itself.");
        }

        Assert.False(await IsFound("Brücke", "Brucke"));
        Assert.False(await IsFound("100", "1%"));

        Task<bool> IsFound(string text, string pattern) => app.Query(db => db.Users
            .Where(user => (user.Email + text).Folded().IndexOf(pattern.Folded()) >= 0)
            .AnyAsync(Scenarios.Ct));
    }
}
