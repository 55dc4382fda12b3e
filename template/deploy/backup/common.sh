# Read by backup.sh, restore.sh and verify.sh. Settings: docs/backup.md.
# shellcheck shell=sh disable=SC2034 # The scripts use the variables.
set -eu
umask 077
scripts=$(cd "$(dirname "$0")" && pwd) record=${METRICS_DIR-}/repository step='begin' work='' running='' cleanup=true
export PGCONNECT_TIMEOUT=10 PGOPTIONS="${PGOPTIONS-} -c statement_timeout=0 -c client_min_messages=error"

# A failure is one line, so what the tools write is held back. In memory: a full disk would swallow its own message.
errors=$(mktemp -p /dev/shm)
exec 3>&2 2>"$errors"
end() {
  # Without the stack traces of restic, and without passwords in URLs.
  said=$(grep -Ev '^($|\s|(github|golang)\.|(main|runtime)\.)' "$errors" | tail -n 5 | tr '\n' ' ' |
    sed 's|://[^@/ ]*@|://***@|g' | cut -c 1-600)
  [ "$1" -eq 0 ] || echo "${0##*/} could not $step: $said(exit code $1)" >&3
  [ -z "$running" ] || ! kill "$running" || wait "$running" || true
  # The URL is a secret, so curl reads it from standard input and not from its command line.
  [ "$1" -eq 0 ] || ping_url=${ping_url:+$ping_url/fail}
  [ -z "${ping_url-}" ] || printf 'url = "%s"\n' "$ping_url" |
    curl -fsSL --config - --output /dev/null --max-time 10 --retry 2 || echo "The ping failed."
  "$cleanup" || true
  rm -rf "$errors" "$work"
}
trap 'end $?' EXIT
trap 'fail "It was interrupted."' HUP INT TERM
fail() { echo "$1" >&2 && exit 1; }

# within TIME COMMAND…: without it, a server that accepts a connection and never answers would block for ever. In the
# background, since a shell handles a signal only when the command in its foreground has ended.
within() {
  timeout --kill-after=10 "$@" & running=$!
  wait "$running" && code=0 || code=$?
  running=''
  [ "$code" -ne 124 ] || echo "No answer within $1." >&2
  return "$code"
}
query() { within 1h psql --no-psqlrc -wqAt --set ON_ERROR_STOP=1 --file "$scripts/$1.sql" --set "${2-x=}"; }

# find_snapshot ID: or the latest of this installation. Several may share a repository, so each marks its own.
find_snapshot() {
  # Only locks of processes that have died, such as a backup that was killed.
  within 1m restic unlock >/dev/null
  found=$(within 30s restic snapshots --json --tag "app${mark:+,$mark}" "$1")
  id=$(member id) time=$(member time)
  # Made while the clock was ahead, it would be the newest one for all backups to come.
  [ "$1" != latest ] || [ "$(date -d "${time:-now}" +%s)" -lt "$(($(date +%s) + 600))" ] ||
    fail "Snapshot $id is from the future, $time. Set the clock; if it is right, run: restic forget $id"
}
member() { printf %s "$found" | sed -nE "s/.*[{,]\"$1\":\[?\"//p" | sed -E 's/"\]?(,"[a-z_]+":|\}).*//; s/","/\n/g'; }

# succeeded METRIC: sets it to the current time. By a rename, so that node exporter never reads half a file.
succeeded() {
  step='record the success' prom=$METRICS_DIR/backup.prom
  { grep -sv "$1" "$prom" || true; printf '# TYPE %s gauge\n%s %s\n' "$1" "$1" "$(date +%s)"; } >"$prom.new"
  chmod 644 "$prom.new" && mv "$prom.new" "$prom"
}

: "${PGDATABASE:?}" "${RESTIC_REPOSITORY:?}" "${UPLOADS_DIR?empty if the files are in a bucket}"
# Of a symbolic link restic would save the link alone.
UPLOADS_DIR=${UPLOADS_DIR:+$(readlink -m "$UPLOADS_DIR")} mark=$(cat "$record" 2>/dev/null || true)
# Of two runs on one machine the second fails. Runs elsewhere are kept apart by the locks in the repository. restore.sh
# takes none: verify.sh has it while it restores.
[ "${0##*/}" = restore.sh ] || { exec 9>"${METRICS_DIR:?}/lock" && flock --nonblock 9; } ||
  fail "Another backup or verification is running."
