using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace ProdReady.Tests.Support;

/// <summary>
/// A fact that needs a server or a program that not every machine has. It is skipped if that is missing.
/// </summary>
[XunitTestCaseDiscoverer(typeof(NeedsFactDiscoverer))]
internal abstract class NeedsFactAttribute : FactAttribute
{
    /// <param name="isMet">Whether the machine has it.</param>
    /// <param name="need">What it is, and how to get it.</param>
    protected NeedsFactAttribute(bool isMet, string need, string? sourceFilePath, int sourceLineNumber)
        : base(sourceFilePath, sourceLineNumber)
    {
        Need = need;
        Skip = isMet ? null : $"Needs {need}";
    }

    public string Need { get; }
}

/// <summary>
/// dotnet test prints three lines for each skipped test. In a run of all tests <see cref="MissingNeeds"/> prints one
/// line for each instead. With a filter, each test reports itself why it is skipped.
/// </summary>
internal sealed class NeedsFactDiscoverer : FactDiscoverer
{
    private static readonly bool IsFiltered = Environment.GetCommandLineArgs()
        .Any(argument => argument.TrimStart('-') is "class" or "method" || argument.StartsWith("--filter"));

    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute) =>
        factAttribute.Skip is null || IsFiltered
            ? base.Discover(discoveryOptions, testMethod, factAttribute)
            : ValueTask.FromResult<IReadOnlyCollection<IXunitTestCase>>([]);
}

/// <summary>Lists the tests of an assembly that are skipped because this machine lacks what they need.</summary>
public abstract class MissingNeeds
{
    [Fact]
    public void This_machine_has_everything_that_the_tests_need()
    {
        var skipped = GetType().Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<NeedsFactAttribute>()?.Skip is not null)
            .GroupBy(method => method.GetCustomAttribute<NeedsFactAttribute>()!.Need)
            .Select(tests => $"{tests.Count()} × {tests.Key}\n" + string.Join(
                '\n', tests.Select(test => $"    {test.DeclaringType!.Name}.{test.Name}")));

        Assert.SkipWhen(skipped.Any(), string.Join("\n  ", skipped.Prepend("Skipped, since something is missing:")));
    }
}
