namespace ProdReady.Tests.Support;

public sealed class AppWithSampleResource : App
{
    public AppWithSampleResource() => Routes = SampleResource.Map;
}
