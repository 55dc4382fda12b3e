using FluentValidation.Validators;

namespace ProdReady.Application;

/// <summary>Rules for lists in requests. Those for their items stand in RuleForEach.</summary>
internal static class ListRules
{
    public static IRuleBuilderOptions<T, IReadOnlyCollection<TItem>?> Items<T, TItem>(
        this IRuleBuilder<T, IReadOnlyCollection<TItem>?> rule, int min, int max) =>
        rule.SetValidator(new NumberOfItems<T, TItem>(min, max));

    private sealed class NumberOfItems<T, TItem>(int min, int max)
        : PropertyValidator<T, IReadOnlyCollection<TItem>?>, ILengthValidator
    {
        public override string Name => nameof(NumberOfItems<,>);

        public int Min => min;

        public int Max => max;

        public override bool IsValid(ValidationContext<T> context, IReadOnlyCollection<TItem>? value) =>
            value is null || (value.Count >= min && value.Count <= max);

        protected override string GetDefaultMessageTemplate(string errorCode) =>
            min == 0 ? $"Must have at most {max} items." : $"Must have {min} to {max} items.";
    }
}
