using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using ProdReady.Application;
using ProdReady.Application.Email;
using ProdReady.Infrastructure.Database;

namespace ProdReady.Infrastructure.Email;

internal sealed class Outbox(AppDbContext db, EmailSeal seal, TimeProvider clock) : IOutbox
{
    public void Add(Application.Email.Email email)
    {
        var content = EmailTemplates.Fill(email.Template, email.Values);
        db.Outbox.Add(OutboxEmail.Of(email, seal.Close(content), clock.Now()));
    }
}

/// <summary>Encrypts what waits in the outbox, so that a copy of the database opens no account.</summary>
internal sealed class EmailSeal(IDataProtectionProvider keys)
{
    private readonly IDataProtector protector = keys.CreateProtector("outbox");

    public string Close(EmailContent content) => protector.Protect(JsonSerializer.Serialize(content));

    public EmailContent Open(string payload) =>
        JsonSerializer.Deserialize<EmailContent>(protector.Unprotect(payload))!;
}
