using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ProdReady.Application.Files;
using ProdReady.Domain;
using ProdReady.Infrastructure.Files;

namespace ProdReady.Tests.Support.Files;

/// <summary>A row of the tests' own, so that what is promised of stored files is tested without any feature.</summary>
internal sealed class SampleFile : StoredFile
{
    public const string Table = "sample_files";

    // As HasFileColumns() maps it. The embedded database gets the table from the model.
    public const string PostgresTable = $"""
        CREATE TABLE IF NOT EXISTS {Table} (
            id uuid PRIMARY KEY,
            owner_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            file_name varchar(200) NOT NULL,
            content_type varchar(100) NOT NULL,
            size bigint NOT NULL,
            sha256 varchar(64) NOT NULL,
            created_at timestamptz NOT NULL)
        """;

    public static SampleFile From(UploadedFile upload, Guid ownerId, DateTimeOffset now) => new()
    {
        Id = upload.Id,
        OwnerId = ownerId,
        FileName = upload.FileName,
        ContentType = upload.ContentType,
        Size = upload.Size,
        Sha256 = upload.Sha256,
        CreatedAt = now,
    };
}

/// <summary>Adds the table to the model, which otherwise consists of the app's own.</summary>
internal sealed class SampleFileModel(ModelCustomizerDependencies dependencies)
    : RelationalModelCustomizer(dependencies)
{
    public override void Customize(ModelBuilder model, DbContext context)
    {
        base.Customize(model, context);
        model.Entity<SampleFile>(file =>
        {
            file.ToTable(SampleFile.Table);
            file.HasFileColumns();
        });
    }
}
