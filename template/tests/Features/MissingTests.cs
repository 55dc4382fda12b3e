using ProdReady.Tests.Support;

namespace ProdReady.Tests.Features;

public sealed class MissingTests : MissingNeeds;
