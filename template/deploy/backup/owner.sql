-- An option for the server, with which the owner of the schema acts: where create-roles.sh has run, the role for
-- migrate; in a new database, none. A backslash keeps a blank in a name from ending the option.
SELECT '-c role=' || regexp_replace(rolname, '([\\\s])', '\\\1', 'g')
FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner
WHERE nspname = 'public' AND rolname !~ '^pg_' AND pg_has_role(nspowner, 'MEMBER');
