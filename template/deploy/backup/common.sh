# Read by backup.sh, restore.sh and verify.sh. Settings: docs/backup.md.
# shellcheck shell=sh disable=SC2034 # The scripts use the variables.
set -eu
umask 077
scripts=$(cd "$(dirname "$0")" && pwd) ping_url=${ping_url-} step='begin' work=''
export PGCONNECT_TIMEOUT=10 PGOPTIONS="${PGOPTIONS-} -c statement_timeout=0 -c client_min_messages=error"

# A failure is one line, so what the tools write is held back. In memory: a full disk would swallow its own message.
errors=$(mktemp -p /dev/shm)
exec 3>&2 2>"$errors"
cleanup() { :; }
end() {
  if [ "$1" -ne 0 ]; then
    said=$(grep . "$errors" | tail -n 5 | tr '\n' ' ' | sed 's|://[^@/ ]*@|://***@|g' | cut -c 1-600)
    echo "${0##*/} could not $step: $said(exit code $1)" >&3
    ping /fail
  fi
  cleanup || true
  rm -rf "$errors" "$work"
}
trap 'end $?' EXIT
trap 'exit 1' HUP INT TERM
fail() { echo "$1" >&2 && exit 1; }

# The URL is a secret, so curl reads it from standard input and not from its command line.
ping() {
  [ -z "$ping_url" ] || printf 'url = "%s"\n' "$ping_url${1-}" |
    curl -fsS --config - --output /dev/null --max-time 10 --retry 2 || echo "The ping failed."
}

# within TIME COMMAND…: without it, a server that accepts a connection and never answers would block for ever.
within() {
  timeout --kill-after=10 "$@" && return || code=$?
  [ "$code" -ne 124 ] || echo "No answer within $1." >&2
  return "$code"
}
query() { within 1h psql --no-psqlrc -wqAt --set ON_ERROR_STOP=1 --file "$scripts/$1.sql" --set "${2-x=}"; }

# Of two runs on one machine the second fails. Runs elsewhere are kept apart by the locks in the repository.
lock() {
  exec 9>"${METRICS_DIR:?}/lock"
  flock --nonblock 9 || fail "Another backup or verification is running."
}

# succeeded METRIC: sets it to the current time. By a rename, so that node exporter never reads half a file.
succeeded() {
  step='record the success' prom=$METRICS_DIR/backup.prom
  { grep -sv "$1" "$prom" || true; printf '# TYPE %s gauge\n%s %s\n' "$1" "$1" "$(date +%s)"; } >"$prom.new"
  chmod 644 "$prom.new" && mv "$prom.new" "$prom"
  ping
}

: "${PGDATABASE:?}" "${RESTIC_REPOSITORY:?}" "${UPLOADS_DIR?empty if the files are in a bucket}"
