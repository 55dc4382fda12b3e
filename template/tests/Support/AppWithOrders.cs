using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProdReady.Api.Requests;
using ProdReady.Application;

namespace ProdReady.Tests.Support;

/// <summary>An app with requests and answers that have lists, nested records and conditional rules.</summary>
public sealed class AppWithOrders : App
{
    public const string Path = "/probe/orders";

    public AppWithOrders()
    {
        Routes = Map;
        Replace = services => services
            .AddSingleton<IValidator<OrderRequest>, OrderValidator>()
            .AddSingleton<IValidator<ListOrdersRequest>, ListOrdersValidator>();
    }

    private static void Map(IEndpointRouteBuilder routes)
    {
        var orders = routes.MapGroup(Path).WithStrictQuery().WithValidation().AllowAnonymous();
        orders.MapPost("/", Place);
        orders.MapGet("/", List);
        orders.MapGet("/page", ListPage);
    }

    private static Ok<OrderResponse> Place(OrderRequest request) => TypedResults.Ok(ResponseAt(request.Due));

    private static Ok<IReadOnlyList<OrderResponse>> List([AsParameters] ListOrdersRequest request) =>
        TypedResults.Ok<IReadOnlyList<OrderResponse>>([ResponseAt(due: null)]);

    private static Ok<Page<OrderResponse>> ListPage() =>
        TypedResults.Ok(new Page<OrderResponse>([ResponseAt(due: null)], null));

    private static OrderResponse ResponseAt(DateTimeOffset? due) => new("An order", Note: null, ["urgent"], due);
}

internal sealed record OrderRequest(
    IReadOnlyList<string>? Tags = null,
    IReadOnlyList<string>? Codes = null,
    IReadOnlyList<OrderLine>? Lines = null,
    OrderAddress? Address = null,
    OrderAddress? Billing = null,
    string? Reason = null,
    string? Voucher = null,
    string? Phone = null,
    string? Comment = null,
    string? Draft = null,
    IReadOnlyList<Guid>? Friends = null,
    DateTimeOffset? Due = null);

internal sealed record OrderLine(string Product, int Count, DateTimeOffset? Due = null);

internal sealed record OrderAddress(string City, string Street);

internal sealed record ListOrdersRequest(string? Status, string? Kind);

/// <summary>An order.</summary>
internal sealed record OrderResponse(string Title, string? Note, IReadOnlyList<string> Tags, DateTimeOffset? Due);

internal sealed class OrderValidator : AbstractValidator<OrderRequest>
{
    public OrderValidator()
    {
        RuleFor(order => order.Tags).Items(0, 5_000);
        RuleForEach(order => order.Tags).NotEmpty().PlainText(20);
        RuleFor(order => order.Codes).NotEmpty().Items(0, 3);
        RuleForEach(order => order.Codes).MaximumLength(5).When(order => order.Reason is not null);
        RuleFor(order => order.Lines).Items(1, 50);
        RuleForEach(order => order.Lines).ChildRules(line =>
        {
            line.RuleFor(item => item.Product).NotEmpty().PlainText(10);
            line.RuleFor(item => item.Due).NotNull();
        });
        RuleFor(order => order.Address!).NotNull().SetValidator(new OrderAddressValidator());
        RuleFor(order => order.Friends).Items(0, 7);

        RuleFor(order => order.Reason).NotEmpty().MaximumLength(30).When(order => order.Voucher is not null);
        When(order => order.Reason is not null, () => RuleFor(order => order.Voucher).NotEmpty().MaximumLength(40))
            .Otherwise(() => RuleFor(order => order.Phone).NotEmpty());
        RuleFor(order => order.Comment).MaximumLength(60).DependentRules(() =>
            RuleFor(order => order.Comment).MinimumLength(2));
        RuleSet("draft", () => RuleFor(order => order.Draft).NotEmpty());
    }
}

internal sealed class OrderAddressValidator : AbstractValidator<OrderAddress>
{
    public OrderAddressValidator()
    {
        RuleFor(address => address.City).NotEmpty().PlainText(50);
        RuleFor(address => address.Street).NotEmpty().When(address => address.City == "Vienna");
    }
}

internal sealed class ListOrdersValidator : AbstractValidator<ListOrdersRequest>
{
    public ListOrdersValidator()
    {
        RuleFor(orders => orders.Status).NotEmpty().OneOf("open", "closed");
        RuleFor(orders => orders.Kind).NotEmpty().PlainText(10).When(orders => orders.Status == "open");
    }
}
