#!/bin/sh
# Does what the entry point of the image postgres does, as far as the files of the template use it.
set -eu

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups sh "$0" "$@"
fi

user=${POSTGRES_USER:-postgres} method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=${POSTGRES_PASSWORD:-}
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || password=$(cat "$POSTGRES_PASSWORD_FILE")
  if [ -z "$password" ] && [ "$method" != trust ]; then
    echo "Error: Database is uninitialized and superuser password is not specified." >&2
    exit 1
  fi
  echo "${password:-unused}" >/tmp/password
  initdb --username="$user" --pwfile=/tmp/password --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust >/dev/null
  rm /tmp/password
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"

  pg_ctl -w start -o "-c listen_addresses=''" >/dev/null
  export PGUSER="$user"
  [ "${POSTGRES_DB:-$user}" = postgres ] || createdb "${POSTGRES_DB:-$user}"
  export PGDATABASE="${POSTGRES_DB:-$user}"
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) sh "$file" ;;
      *.sql) psql -v ON_ERROR_STOP=1 --quiet --file "$file" ;;
    esac
  done
  pg_ctl -w stop >/dev/null
fi

exec "$@" -c listen_addresses='*'
