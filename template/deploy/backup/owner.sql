-- The owner of the schema: where create-roles.sh has run, the role for migrate; in a new database, none.
SELECT rolname
FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner
WHERE nspname = 'public' AND rolname !~ '^pg_' AND pg_has_role(nspowner, 'MEMBER');
