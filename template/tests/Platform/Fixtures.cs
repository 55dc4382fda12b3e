using ProdReady.Tests.Support;

[assembly: AssemblyFixture(typeof(Output))]
[assembly: AssemblyFixture(typeof(SharedApp))]
