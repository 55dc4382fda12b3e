-- For sha256sum: each file that a row names. Every table with a column sha256 has files, in a folder with its name
-- (docs/files.md).
SELECT format($$
  SELECT sha256 || '  %1$s/' || right(file, 2) || '/' || file
  FROM (SELECT sha256, replace(id::text, '-', '') AS file FROM %1$I) AS files $$, table_name)
FROM information_schema.columns
WHERE column_name = 'sha256' AND table_schema = 'public' \gexec
