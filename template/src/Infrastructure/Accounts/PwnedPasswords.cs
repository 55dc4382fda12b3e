using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Polly;
using Polly.CircuitBreaker;
using ProdReady.Application;
using ProdReady.Application.Accounts.Passwords;

namespace ProdReady.Infrastructure.Accounts;

internal sealed class PwnedPasswordsOptions : IValidatableObject
{
    public const string Section = "PwnedPasswords";

    /// <summary>Off: only the offline check of the strength applies.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Where the range API answers.</summary>
    public Uri BaseUrl { get; init; } = new("https://api.pwnedpasswords.com");

    /// <summary>After so long it is done without.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:10")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!BaseUrl.IsAbsoluteUri || BaseUrl.Scheme is not ("https" or "http"))
        {
            yield return new ValidationResult(
                $"{Section}:BaseUrl must be an address such as https://api.pwnedpasswords.com.");
        }
    }
}

/// <summary>
/// Pwned Passwords knows hundreds of millions of stolen ones. It is asked for all hashes that begin with the same five
/// digits, so that it does not learn which password is meant (https://haveibeenpwned.com/API/v3#PwnedPasswords).
///
/// Also the example of how somebody else's service is called: it has a second, what it sends is bounded, it leads us
/// nowhere else, while it fails it is left alone, and without it the app goes on.
/// </summary>
internal sealed class PwnedPasswords(
    HttpClient http, IOptions<PwnedPasswordsOptions> options, AppMeter meter, ILogger<PwnedPasswords> logger)
    : IBreachedPasswords
{
    private const int PrefixLength = 5;

    public async Task<bool> Contain(string password, CancellationToken ct)
    {
        if (!options.Value.Enabled)
        {
            return false;
        }

        // Not how passwords are kept, but the index of this API.
        var hash = Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));
        try
        {
            // Metrics yes, but no trace: with the five digits beside the user it would make guessing easier.
            using var untraced = SuppressInstrumentationScope.Begin();
            var hashes = await http.GetStringAsync($"range/{hash[..PrefixLength]}", ct);

            // "SUFFIX:COUNT" a line. Those with a count of 0 are padding.
            var isBreached = hashes.Split('\n')
                .Select(line => line.Trim().Split(':'))
                .Any(line => line is [var suffix, not "0"] && suffix == hash[PrefixLength..]);
            meter.PasswordLookedUp(isBreached);

            return isBreached;
        }
        catch (Exception exception) when (exception is HttpRequestException or ExecutionRejectedException)
        {
            meter.PasswordLookupFailed();
            if (exception is not BrokenCircuitException)
            {
                logger.LogWarning("Passwords are not looked up now: {Reason}", exception.Message);
            }

            return false;
        }
    }
}

internal static class PwnedPasswordsClient
{
    // Several times what a range has: about 1,000 lines of 40 bytes, padding included.
    private const int MaxAnswerBytes = 256 * 1024;

    public static void AddPwnedPasswords(this IServiceCollection services)
    {
        services.AddSettings<PwnedPasswordsOptions>(PwnedPasswordsOptions.Section);
        services.AddTransient<WholeAnswer>();

        var client = services.AddHttpClient<IBreachedPasswords, PwnedPasswords>((provider, http) =>
        {
            var baseUrl = provider.GetRequiredService<IOptions<PwnedPasswordsOptions>>().Value.BaseUrl;
            // Without the slash at its end the last part of a path would be replaced and not continued.
            http.BaseAddress = new Uri(baseUrl.AbsoluteUri.TrimEnd('/') + "/");
            http.DefaultRequestHeaders.UserAgent.ParseAdd("app");
            // Makes all answers much alike in size, for whoever watches the wire.
            http.DefaultRequestHeaders.Add("Add-Padding", "true");
        });
        client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false });
        client.AddResilienceHandler("lookup", (pipeline, context) =>
        {
            var settings = context.ServiceProvider.GetRequiredService<IOptions<PwnedPasswordsOptions>>().Value;

            // Outside of the timeout, so that what takes too long counts as a failure.
            pipeline.AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions
            {
                ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome.Exception is not null),
                FailureRatio = 0.5,
                MinimumThroughput = 3,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(30),
            });
            pipeline.AddTimeout(settings.Timeout);
        });
        client.AddHttpMessageHandler<WholeAnswer>();
    }

    /// <summary>
    /// Reads the body where the timeout and the circuit breaker can see it; else only the headers would be waited for.
    /// </summary>
    private sealed class WholeAnswer : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var response = await base.SendAsync(request, ct);
            response.EnsureSuccessStatusCode();
            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, ct);

            return response;
        }
    }
}
