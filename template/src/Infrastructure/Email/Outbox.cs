using Microsoft.AspNetCore.DataProtection;
using ProdReady.Application.Email;

namespace ProdReady.Infrastructure.Email;

internal sealed class Outbox(
    AppDbContext db, EmailProtector protector, OutboxSignal signal, IOptions<AppOptions> app, TimeProvider clock)
    : IOutbox, IDisposable
{
    private bool isUsed;

    public void Add(Application.Email.Email email)
    {
        var content = EmailTemplates.Fill(email, app.Value.Name);
        db.Add(OutboxEmail.Of(email, protector.Protect(content), clock.Now()));
        isUsed = true;
    }

    // With the scope of the request, and so after the commit: before it the worker could not see the row.
    public void Dispose()
    {
        if (isUsed)
        {
            signal.Wake();
        }
    }
}

/// <summary>Wakes OutboxWorker when a mail was queued, so that it is not sent only at the next poll.</summary>
internal sealed class OutboxSignal
{
    private readonly SemaphoreSlim queued = new(initialCount: 0);

    /// <summary>Returns when a mail was queued, after the timeout, or when ct is cancelled.</summary>
    public async Task Wait(TimeSpan timeout, CancellationToken ct) =>
        await ((Task)queued.WaitAsync(timeout, ct)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Wake()
    {
        // One release is enough: the worker claims all mails that are due. Two by a race only cost one more query.
        if (queued.CurrentCount == 0)
        {
            queued.Release();
        }
    }
}

/// <summary>Encrypts mails in the outbox: the links in them open accounts, and a backup must not.</summary>
internal sealed class EmailProtector(IDataProtectionProvider keys)
{
    private readonly IDataProtector protector = keys.CreateProtector("outbox");

    public string Protect(EmailContent content) => protector.Protect(JsonSerializer.Serialize(content));

    public EmailContent Unprotect(string payload) =>
        JsonSerializer.Deserialize<EmailContent>(protector.Unprotect(payload))!;
}
