-- What the next release of a generated project adds: columns with and without a default in every table, and a table.
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> '__EFMigrationsHistory' LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN later text, ADD COLUMN later_count integer NOT NULL DEFAULT 0', name);
  END LOOP;
END $$;

CREATE TABLE later (id uuid PRIMARY KEY, owner_id uuid NOT NULL REFERENCES users ON DELETE CASCADE);

INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_Later', '10.0.0');
