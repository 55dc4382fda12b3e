using ProdReady.Tests.Support;

[assembly: AssemblyFixture(typeof(SharedApp))]

namespace ProdReady.Tests.Support;

/// <summary>One app for all tests that need no settings of their own; users keep them out of each other's way.</summary>
public sealed class SharedApp : App;
