#!/bin/sh
# Reads the whole repository, restores the newest snapshot into a scratch database, and starts the app on it.
ping_url=${VERIFY_PING_URL-} scratch=${PGDATABASE-}_verify
. "$(dirname "$0")/common.sh"

step='read the repository'
find_snapshot latest
within 12h restic check --quiet --read-data >/dev/null

drop_scratch() { within 60s dropdb --no-password --if-exists --force "$scratch"; }
step='restore the newest snapshot' cleanup=drop_scratch began=$(date +%s) work=${TMPDIR:-/var/tmp}/verify
drop_scratch && rm -rf "$work" && mkdir -p "$work"
within 60s createdb --no-password "$scratch"
within 24h env PGDATABASE="$scratch" UPLOADS_DIR="${UPLOADS_DIR:+$work}" sh "$scripts/restore.sh"

# At the end common.sh stops what is running.
step='start the app'
export ConnectionStrings__Database="Host=${PGHOST:-localhost};Port=${PGPORT:-5432};Database=$scratch"
export ConnectionStrings__Redis='' ASPNETCORE_URLS="${ASPNETCORE_URLS:-http://127.0.0.1:18080}"
if [ -n "${APP_IMAGE-}" ]; then
  # Its settings by standard input: secrets must be neither on a command line nor in a file.
  env | grep -E '^(\w+__\w+|AllowedHosts|ASPNETCORE_\w+|PG\w+)=' | docker run --env-file /dev/stdin --rm \
    --network host --user "$(id -u):$(id -g)" --volume "$work:/data/uploads" "$APP_IMAGE" >&2 & running=$!
elif [ -n "${APP_DLL-}" ]; then
  Uploads__Directory=$work dotnet "$APP_DLL" >&2 & running=$!
fi
[ -z "$running" ] || curl -fs --output /dev/null --max-time 5 --retry 60 --retry-delay 1 --retry-all-errors \
  "$ASPNETCORE_URLS/health/ready" || fail "It is not ready."

succeeded backup_last_verified_timestamp_seconds
echo "RTO $(($(date +%s) - began))"
[ -n "$running" ] || echo "Rows and files alone: without APP_IMAGE or APP_DLL the app was not started."
