#!/usr/bin/env bash
# How long a newcomer waits: from `dotnet new` to the first answer, for this template and for `dotnet new webapi`, side
# by side in one run, with a warm package cache. The promise is a ratio of at most 1.5.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
hive=$work/hive
dotnet new install "$PWD" --debug:custom-hive "$hive" >/dev/null

# walk <template> <project folder> <path that answers>: prints the seconds
walk() {
  local app=$work/$1-$RANDOM port=$((20000 + RANDOM % 20000)) start pid
  start=$(date +%s.%N)
  dotnet new "$1" -n Walk -o "$app" --debug:custom-hive "$hive" >/dev/null
  ASPNETCORE_ENVIRONMENT=Development dotnet run --no-launch-profile --project "$app/$2" \
    -- --urls "http://127.0.0.1:$port" >"$app.log" 2>&1 &
  pid=$!
  until curl -sf -o /dev/null "http://127.0.0.1:$port$3"; do
    kill -0 $pid 2>/dev/null || { cat "$app.log" >&2; return 1; }
    sleep 0.05
  done
  echo "$(date +%s.%N) $start" | awk '{ printf "%.1f\n", $1 - $2 }'
  pkill -TERM -P $pid || true
  wait $pid || true
}

walk webapi . /weatherforecast >/dev/null
walk prodready-api src /health/ready >/dev/null
for _ in $(seq "$rounds"); do
  plain=$(walk webapi . /weatherforecast)
  ours=$(walk prodready-api src /health/ready)
  echo "webapi $plain s, prodready-api $ours s, ratio $(awk "BEGIN { printf \"%.2f\", $ours / $plain }")"
done
