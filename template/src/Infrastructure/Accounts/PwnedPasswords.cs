using OpenTelemetry;
using Polly;
using Polly.CircuitBreaker;
using ProdReady.Application.Accounts.Passwords;

namespace ProdReady.Infrastructure.Accounts;

internal sealed class PwnedPasswordsOptions
{
    public const string Section = "PwnedPasswords";

    /// <summary>If false, only the offline strength check applies.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The base address of the range API.</summary>
    [Required]
    [RegularExpression("https?://.+", ErrorMessage = "must be an address such as https://api.pwnedpasswords.com.")]
    public Uri BaseUrl { get; init; } = new("https://api.pwnedpasswords.com");

    /// <summary>A lookup that takes longer fails, and the password is accepted.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:10")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Looks the password up in Pwned Passwords. Only the first five digits of its hash are sent, so the service does not
/// learn the password (https://haveibeenpwned.com/API/v3#PwnedPasswords).
///
/// Also an example of a call to another service: timeout, circuit breaker, bounded response, no redirects, and a
/// fallback if the service is down.
/// </summary>
internal sealed class PwnedPasswords(
    HttpClient http,
    IOptions<PwnedPasswordsOptions> options,
    PasswordLookups lookups,
    ILogger<PwnedPasswords> logger) : IBreachedPasswords
{
    private const int PrefixLength = 5;

    public async Task<bool> Contain(string password, CancellationToken ct)
    {
        if (!options.Value.Enabled)
        {
            return false;
        }

        // The API is indexed by SHA-1; the app stores passwords with PBKDF2.
        var hash = Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));
        try
        {
            // No trace: it would store the five digits next to the user id, which helps to guess the password.
            using var untraced = SuppressInstrumentationScope.Begin();
            var hashes = await lookups.Pipeline.ExecuteAsync(
                async token => await http.GetStringAsync($"range/{hash[..PrefixLength]}", token), ct);

            // Each line is "SUFFIX:COUNT". A count of 0 is padding.
            var isBreached = hashes.Split('\n')
                .Select(line => line.Trim().Split(':'))
                .Any(line => line is [var suffix, not "0"] && suffix == hash[PrefixLength..]);
            lookups.Outcomes.Add(isBreached ? "breached" : "unknown");

            return isBreached;
        }
        catch (Exception exception) when (exception is HttpRequestException or ExecutionRejectedException)
        {
            lookups.Outcomes.Add("failed");
            if (exception is not BrokenCircuitException)
            {
                logger.LogWarning("Breached password lookup failed: {Reason}", exception.Message);
            }

            return false;
        }
    }
}

/// <summary>What all look-ups share: the circuit breaker, and what is counted.</summary>
internal sealed class PasswordLookups
{
    public PasswordLookups(AppMeter meter, IOptions<PwnedPasswordsOptions> options)
    {
        var circuit = new CircuitBreakerStateProvider();
        Pipeline = new ResiliencePipelineBuilder()
            // Outside the timeout, so that a timeout counts as a failure.
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 3,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(30),
                StateProvider = circuit,
            })
            .AddTimeout(options.Value.Timeout)
            .Build();
        Outcomes = meter.Counter(
            "app.password.lookups", "{lookup}", "Look-ups of breached passwords, by outcome.", "outcome",
            "breached", "unknown", "failed");
        meter.Gauge(
            "app.password.lookups.available", "", "0 while passwords are accepted without a look-up, else 1.",
            () => [new(circuit.CircuitState == CircuitState.Closed ? 1 : 0)]);
    }

    public ResiliencePipeline Pipeline { get; }

    public LabelledCounter Outcomes { get; }
}

internal static class PwnedPasswordsClient
{
    // A response has about 1,000 lines of 40 bytes, padding included.
    private const int MaxResponseBytes = 256 * 1024;

    public static void AddPwnedPasswords(this IServiceCollection services)
    {
        services.AddSettings<PwnedPasswordsOptions>(PwnedPasswordsOptions.Section);

        services.AddHttpClient<IBreachedPasswords, PwnedPasswords>((provider, http) =>
        {
            var baseUrl = provider.GetRequiredService<IOptions<PwnedPasswordsOptions>>().Value.BaseUrl;
            // Without the trailing slash, a relative address would replace the last segment of the path.
            http.BaseAddress = new Uri(baseUrl.AbsoluteUri.TrimEnd('/') + "/");
            http.MaxResponseContentBufferSize = MaxResponseBytes;
            http.DefaultRequestHeaders.UserAgent.ParseAdd("app");
            // Pads the response, so that its size does not show an eavesdropper which range was requested.
            http.DefaultRequestHeaders.Add("Add-Padding", "true");
        }).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false });

        services.AddActivatedSingleton<PasswordLookups>();
    }
}
