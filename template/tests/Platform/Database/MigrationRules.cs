using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace ProdReady.Tests.Platform.Database;

/// <summary>
/// Steps that break the release that is still serving, or that lock a table for long. squawk lints the SQL in CI and
/// sees locks; this sees what squawk cannot (data changes, DO blocks), and the worst of the rest in every test run. A
/// reason in the migration allows a step: docs/migrations.md.
/// </summary>
internal static partial class MigrationRules
{
    private const string Concurrently = "Npgsql:CreatedConcurrently";

    /// <returns>A line for each step that breaks a rule, and for each exception without a reason.</returns>
    public static IEnumerable<string> Findings(Migration migration)
    {
        var operations = migration.UpOperations;
        var sql = operations.OfType<SqlOperation>().Select(operation => operation.Sql).ToList();
        var allowed = sql.SelectMany(text => Exception().Matches(text))
            .SelectMany(match => match.Groups["rules"].Value.Split(',', StringSplitOptions.TrimEntries))
            .ToHashSet();

        return
        [
            .. operations.SelectMany(RulesOf)
                .Concat(RulesOfConcurrentIndexes(operations))
                .Where(rule => !allowed.Contains(rule))
                .Select(rule => $"{migration.GetType().Name}: {rule}"),
            .. sql.SelectMany(text => Exception().Matches(text))
                .Where(match => match.Groups["reason"].Length < 10)
                .Select(match => $"{migration.GetType().Name}: {match.Groups["rules"].Value} without a reason"),
        ];
    }

    // Where squawk has a rule, it has the same name here.
    private static IEnumerable<string> RulesOf(MigrationOperation operation) => operation switch
    {
        DropColumnOperation => ["ban-drop-column"],
        DropTableOperation => ["ban-drop-table"],
        RenameColumnOperation => ["renaming-column"],
        RenameTableOperation => ["renaming-table"],
        AlterColumnOperation { IsNullable: false, OldColumn.IsNullable: true } => ["adding-not-nullable-field"],
        SqlOperation { Sql: var sql } => RulesOf(sql),
        _ => [],
    };

    private static IEnumerable<string> RulesOf(string sql)
    {
        // What stands in the body of a function does not run in the migration.
        var statements = Body().Replace(Comment().Replace(sql, ""), "''");
        if (DataChange().IsMatch(statements))
        {
            yield return "update-in-batches";
        }

        if (DoBlock().IsMatch(statements))
        {
            yield return "do-block";
        }
    }

    // It runs outside of a transaction. If it fails half-way, the next run must be able to repeat all of the migration.
    private static IEnumerable<string> RulesOfConcurrentIndexes(IReadOnlyList<MigrationOperation> operations)
    {
        var created = operations.OfType<CreateIndexOperation>().Where(index => index[Concurrently] is true).ToList();
        var sql = operations.OfType<SqlOperation>().Where(operation => operation.SuppressTransaction)
            .Select(operation => Comment().Replace(operation.Sql, "").Trim(' ', ';', '\n', '\r')).ToList();
        if (created.Count > 0)
        {
            var index = created[0].Name;
            string[] steps =
                ["SET lock_timeout = 0", $"DROP INDEX CONCURRENTLY IF EXISTS {index}", "RESET lock_timeout"];
            var others = operations.Except(created).Count(operation => operation is not SqlOperation comment
                || Comment().Replace(comment.Sql, "").Trim().Length > 0);
            if (created.Count > 1 || others > steps.Length || steps.Except(sql).Any())
            {
                yield return "concurrent-index-alone";
            }
        }

        if (operations.OfType<SqlOperation>().Any(operation => ConcurrentIndex().IsMatch(operation.Sql)))
        {
            yield return "concurrent-index-alone";
        }
    }

    [GeneratedRegex(@"(?:^--[ \t]*(?!squawk)(?<reason>[^\r\n]*)\r?\n)?^-- squawk-ignore-file (?<rules>[^\r\n]+)",
        RegexOptions.Multiline)]
    private static partial Regex Exception();

    [GeneratedRegex(@"--[^\r\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\$(?<tag>\w*)\$.*?\$\k<tag>\$", RegexOptions.Singleline)]
    private static partial Regex Body();

    [GeneratedRegex(@"(?:^|[;()])\s*(?:UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\b", RegexOptions.IgnoreCase)]
    private static partial Regex DataChange();

    [GeneratedRegex(@"(?:^|;)\s*DO\b", RegexOptions.IgnoreCase)]
    private static partial Regex DoBlock();

    [GeneratedRegex(@"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY", RegexOptions.IgnoreCase)]
    private static partial Regex ConcurrentIndex();
}
