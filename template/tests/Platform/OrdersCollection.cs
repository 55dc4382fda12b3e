using ProdReady.Tests.Support;

namespace ProdReady.Tests.Platform;

/// <summary>Test classes that share one such app.</summary>
[CollectionDefinition]
public sealed class OrdersCollection : ICollectionFixture<AppWithOrders>;
