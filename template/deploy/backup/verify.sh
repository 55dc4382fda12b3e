#!/bin/sh
# Reads the whole repository, restores the newest snapshot into a scratch database, and starts the app on it.
. "$(dirname "$0")/common.sh"
ping_url=${VERIFY_PING_URL-} scratch=backup_verify files=$work/verify/files app=''
: "${PGDATABASE:?}" "${METRICS_DIR:?}" "${UPLOADS_DIR?empty if the files are in a bucket}"
[ "$PGDATABASE" != "$scratch" ] || fail "PGDATABASE is $scratch, which this script drops."
lock
cleanup() {
  [ -z "$app" ] || ! kill "$app" || wait "$app" || true
  within 60s dropdb --no-password --if-exists --force "$scratch"
  rm -rf "$work/verify"
}

step='read the repository'
within 12h restic check --quiet --read-data >/dev/null

step='restore the newest snapshot'
began=$(date +%s)
within 60s dropdb --no-password --if-exists --force "$scratch"
within 60s createdb --no-password "$scratch"
rm -rf "$work/verify" && mkdir -p "$files"
PGDATABASE=$scratch UPLOADS_DIR=${UPLOADS_DIR:+$files} sh "$scripts/restore.sh"

step='start the app'
export ConnectionStrings__Database="Host=${PGHOST:-localhost};Port=${PGPORT:-5432};Database=$scratch"
export ConnectionStrings__Redis='' ASPNETCORE_URLS="${ASPNETCORE_URLS:-http://127.0.0.1:18080}"
if [ -n "${APP_IMAGE-}" ]; then
  # Names alone: docker takes the values from the environment, so no secret is on its command line.
  names=$(env | sed -n 's/^\([A-Za-z0-9_]*__[A-Za-z0-9_]*\|AllowedHosts\|ASPNETCORE_[A-Z_]*\|PG[A-Z]*\)=.*/--env \1/p')
  # shellcheck disable=SC2086 # One word for each name.
  docker run --rm --network host --user "$(id -u):$(id -g)" --volume "$files:/data/uploads" $names "$APP_IMAGE" >&2 &
  app=$!
elif [ -n "${APP_DLL-}" ]; then
  Uploads__Directory=$files dotnet "$APP_DLL" >&2 &
  app=$!
fi
tries=0
until [ -z "$app" ] || curl -fsS --output /dev/null --max-time 5 "$ASPNETCORE_URLS/health/ready" 2>/dev/null; do
  kill -0 "$app" 2>/dev/null || fail "It stopped."
  [ "$tries" -lt 60 ] || fail "It is not ready."
  tries=$((tries + 1)) && sleep 1
done

step='record the success'
record backup_last_verified_timestamp_seconds
ping
echo "RTO $(($(date +%s) - began))"
[ -n "$app" ] || echo "Rows and files alone: without APP_IMAGE or APP_DLL the app was not started."
