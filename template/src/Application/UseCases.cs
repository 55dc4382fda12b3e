using ProdReady.Application.Accounts;
using ProdReady.Application.Accounts.EmailAddress;
using ProdReady.Application.Accounts.Passwords;
using ProdReady.Application.Accounts.Sessions;
using ProdReady.Application.Accounts.SignIn;
using ProdReady.Application.Accounts.SignUp;
//#if (Sample)
using ProdReady.Application.Tickets;
//#endif

namespace ProdReady.Application;

/// <summary>The catalogue: everything that the app can do.</summary>
internal static class UseCases
{
    public static void AddUseCases(this IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddValidatorsFromAssemblyContaining<RegisterValidator>(
            ServiceLifetime.Singleton, includeInternalTypes: true);

        services.AddSingleton<SecurityEvents>();
        services.AddScoped<MailedTokens>();
        services.AddScoped<AccountEmails>();
        services.AddSingleton<PasswordQueue>();
        services.AddScoped<Lockouts>();
        services.AddScoped<PasswordCheck>();
        services.AddScoped<NewPassword>();
        services.AddScoped<Register>();
        services.AddScoped<ConfirmEmail>();
        services.AddScoped<ResendConfirmation>();
        services.AddScoped<Login>();
        services.AddScoped<RefreshSession>();
        services.AddScoped<ForgotPassword>();
        services.AddScoped<ResetPassword>();

        services.AddScoped<GetAccount>();
        services.AddScoped<ChangePassword>();
        services.AddScoped<ChangeEmail>();
        services.AddScoped<ConfirmEmailChange>();
        services.AddScoped<ListSessions>();
        services.AddScoped<EndSession>();
        services.AddScoped<EndOtherSessions>();
        services.AddScoped<DeleteAccount>();
        //#if (Sample)
        services.AddScoped<OpenTicket>();
        services.AddScoped<ListTickets>();
        services.AddScoped<GetTicket>();
        services.AddScoped<EditTicket>();
        services.AddScoped<CloseTicket>();
        services.AddScoped<DeleteTicket>();
        services.AddScoped<AttachFile>();
        services.AddScoped<ListAttachments>();
        services.AddScoped<OpenAttachment>();
        services.AddScoped<RemoveAttachment>();
        //#endif

        ThrowIfMissing(services);
    }

    // Without its line here, a minimal API would bind the use case from the body of the request.
    private static void ThrowIfMissing(IServiceCollection services)
    {
        var missing = typeof(UseCases).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith(typeof(UseCases).Namespace!, StringComparison.Ordinal) is true)
            .Where(type => type.GetMethod("Handle") is not null)
            .FirstOrDefault(type => services.All(service => service.ServiceType != type));
        if (missing is not null)
        {
            throw new InvalidOperationException($"UseCases.cs lacks the line services.AddScoped<{missing.Name}>();");
        }
    }
}
