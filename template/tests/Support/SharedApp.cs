namespace ProdReady.Tests.Support;

/// <summary>One app for all tests that change no settings. Each test has its own users, and so its own data.</summary>
public sealed class SharedApp : App
{
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await TestPostgres.DropDatabases();
    }
}
