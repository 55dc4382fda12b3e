using System.Text.RegularExpressions;
using FluentValidation;
using ProdReady.Domain;

namespace ProdReady.Application;

/// <summary>What every text from outside has to pass.</summary>
internal static partial class TextRules
{
    /// <summary>Bounded, and free of the NUL character, which JSON can carry but PostgreSQL cannot store.</summary>
    public static IRuleBuilderOptions<T, string?> PlainText<T>(this IRuleBuilder<T, string?> rule, int maxLength) =>
        rule
            .MaximumLength(maxLength)
            .Must(text => text is null || !text.Contains('\0')).WithMessage("Must not contain the NUL character.");

    public static IRuleBuilderOptions<T, string?> EmailAddress<T>(this IRuleBuilder<T, string?> rule) =>
        rule
            .NotEmpty()
            .MaximumLength(User.MaxEmailLength)
            .Must(text => text is null || (AddressForm().IsMatch(text) && text.IsNormalized()))
            .WithMessage("Must be one e-mail address.");

    // FluentValidation's own rule lets line breaks pass, which would let a client write headers into our mails.
    [GeneratedRegex(@"^[^@\s\p{C}<>()\[\],;:\\""]{1,64}@[^@\s\p{C}<>()\[\],;:\\""]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex AddressForm();
}
