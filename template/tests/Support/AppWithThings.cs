namespace ProdReady.Tests.Support;

public sealed class AppWithThings : App
{
    public AppWithThings() => Routes = Things.Map;
}
