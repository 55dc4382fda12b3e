#!/usr/bin/env bash
# Measures the time from `dotnet new` to the first answer, for this template and for `dotnet new webapi`, alternately
# in one run, with a warm package cache; and the start of the built app with its existing database. The goals: a ratio
# of at most 1.3, and a start in at most 1.5 s. Measure on an idle machine.
#
#   tests/first-run.sh [--cold] [ROUNDS]    --cold: each round downloads all packages
set -euo pipefail
cd "$(dirname "$0")/.."

cold=false
[ "${1:-}" != --cold ] || { cold=true && shift; }
rounds=${1:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
hive=$work/hive
dotnet new install "$PWD" --debug:custom-hive "$hive" >/dev/null

# seconds_to_answer <url> <command...>: runs the command, waits for a 200, stops it and prints the seconds from $start
seconds_to_answer() {
  local url=$1 log=$work/log pid
  shift
  ASPNETCORE_ENVIRONMENT=Development "$@" >"$log" 2>&1 &
  pid=$!
  until curl -sf -o /dev/null "$url"; do
    kill -0 $pid 2>/dev/null || { cat "$log" >&2; return 1; }
    sleep 0.02
  done
  echo "$(date +%s.%N) $start" | awk '{ printf "%.2f\n", $1 - $2 }'
  pkill -TERM -P $pid || kill $pid
  wait $pid || true
}

# walk <template> <project folder> <path that answers>: prints the seconds of the first run, and of the start alone
walk() {
  local app=$work/$1-$RANDOM port=$((20000 + RANDOM % 20000)) start
  local url=http://127.0.0.1:$port
  if $cold; then
    export NUGET_PACKAGES=$app-packages NUGET_HTTP_CACHE_PATH=$app-downloads
  fi
  start=$(date +%s.%N)
  dotnet new "$1" -n Walk -o "$app" --debug:custom-hive "$hive" >/dev/null
  cd "$app/$2"
  seconds_to_answer "$url$3" dotnet run --no-launch-profile -- --urls "$url"
  start=$(date +%s.%N)
  seconds_to_answer "$url$3" dotnet bin/Debug/net10.0/Walk.dll --urls "$url"
  cd "$work"
}

walk webapi . /weatherforecast >/dev/null
walk prodready-api src /health/ready >/dev/null
for _ in $(seq "$rounds"); do
  read -rd '' plain plain_start < <(walk webapi . /weatherforecast) || true
  read -rd '' ours ours_start < <(walk prodready-api src /health/ready) || true
  echo "webapi $plain s, prodready-api $ours s, ratio $(awk "BEGIN { printf \"%.2f\", $ours / $plain }");" \
    "start alone: webapi $plain_start s, prodready-api $ours_start s"
done
