using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform;

public sealed class MissingTests : MissingNeeds;
