using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

internal sealed class Outbox(AppDbContext db, EmailProtector protector, TimeProvider clock) : IOutbox
{
    public void Add(Application.Email.Email email)
    {
        var content = EmailTemplates.Fill(email.Template, email.Values);
        db.Add(OutboxEmail.Of(email, protector.Protect(content), clock.Now()));
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
