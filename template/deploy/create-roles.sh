#!/bin/sh
# Creates the database and its two roles: one for the app, which reads and writes rows, and one for migrate, which owns
# the schema. A second run repairs grants and changes the passwords. It also converts a database that the app's role has
# owned until now.
#
#   APP_PASSWORD=… MIGRATIONS_PASSWORD=… PGHOST=… PGUSER=… PGPASSWORD=… deploy/create-roles.sh
#
# It connects as an administrator, with the variables of libpq: with CREATEROLE and CREATEDB, not necessarily a
# superuser. Needs PostgreSQL 15 or newer, and psql.
set -eu

: "${APP_PASSWORD:?the password of the role for the app}"
: "${MIGRATIONS_PASSWORD:?the password of the role for migrate}"
app=${APP_ROLE:-app}
owner=${MIGRATIONS_ROLE:-app_migrations}
database=${APP_DATABASE:-app}

fail() {
  echo "create-roles: $1" >&2
  exit 1
}

command -v psql >/dev/null || fail "psql is missing; install the client of PostgreSQL."
command -v setsid >/dev/null || fail "setsid is missing; install util-linux."
[ "$app" != "$owner" ] || fail "APP_ROLE and MIGRATIONS_ROLE must differ."

# query <database> [name=value]…: runs the SQL on standard input.
query() {
  PGDATABASE=$1 PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning" \
    psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
    --set app="$app" --set owner="$owner" --set database="$database" --file -
}

# \password sends a hash, so the password is in no log of the server. It reads the terminal; without one, as in a new
# session, it reads standard input.
set_password() {
  said=$(printf '%s\n%s\n' "$2" "$2" | PGDATABASE=${PGDATABASE:-postgres} setsid psql --no-psqlrc --quiet \
    --set ON_ERROR_STOP=1 --set role="$1" --command '\password :"role"' 2>&1) ||
    fail "the password of $1 was not set: $(printf '%s' "$said" | grep . | tail -n 1)"
}

query "${PGDATABASE:-postgres}" <<'SQL' || fail "the roles and the database were not created."
SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'app', :'owner']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- A superuser ignores grants, and the image of PostgreSQL makes POSTGRES_USER one.
SELECT format('DO $do$ BEGIN RAISE ''%I may do everything; choose other names''; END $do$', rolname)
FROM pg_roles WHERE rolname IN (:'app', :'owner') AND (rolsuper OR rolname = current_user) \gexec

-- To act for them below. From PostgreSQL 16 on, the right to create a role does not include that.
SELECT format('GRANT %I TO CURRENT_USER', name)
FROM unnest(ARRAY[:'app', :'owner']) AS name
WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SQL

set_password "$app" "$APP_PASSWORD"
set_password "$owner" "$MIGRATIONS_PASSWORD"

query "$database" <<'SQL' || fail "the grants in the database $database were not made."
BEGIN;
-- Requests wait behind this for a table, two seconds at most (docs/limits.md). If it fails, run it again.
SET LOCAL lock_timeout = '1s';

-- Only where one role has done both until now. First, because it moves the grants of the old owner too.
REASSIGN OWNED BY :"app" TO :"owner";

REVOKE ALL ON DATABASE :"database" FROM PUBLIC, :"app", :"owner";
GRANT CONNECT ON DATABASE :"database" TO :"app", :"owner";

ALTER SCHEMA public OWNER TO :"owner";
SET ROLE :"owner";
REVOKE CREATE ON SCHEMA public FROM PUBLIC, :"app";
GRANT USAGE ON SCHEMA public TO :"app";

-- For the tables of later migrations, and for those that are there.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT USAGE ON SEQUENCES TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"app";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"app";

-- The list of applied migrations is only read by the app.
SELECT format('REVOKE INSERT, UPDATE, DELETE ON %s FROM %I', to_regclass('"__EFMigrationsHistory"'), :'app')
WHERE to_regclass('"__EFMigrationsHistory"') IS NOT NULL \gexec

COMMIT;
SQL

echo "The database $database belongs to $owner, and $app may read and write its rows."
