-- Default privileges gave the role of the app all tables; the list of applied migrations is only read by it.
SELECT format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "__EFMigrationsHistory" FROM %I', grantee)
FROM information_schema.role_table_grants
WHERE table_name = '__EFMigrationsHistory' AND grantee <> current_user
GROUP BY grantee \gexec

-- Mails that waited at the time of the backup may have been sent since. As failed ones they are kept for 30 days.
SELECT 'UPDATE outbox_emails SET failed_at = now() WHERE failed_at IS NULL'
WHERE :'mails' = 'held' AND to_regclass('outbox_emails') IS NOT NULL \gexec

SELECT 'Mails that waited are not sent; docs/runbooks/restore.md says how to send them.'
WHERE :'mails' = 'held';

ANALYZE;
