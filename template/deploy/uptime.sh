#!/bin/sh
# uptime.sh URL: probes a service, and opens one issue on GitHub when it is down. While it stays down nothing is added;
# when it is back the issue is closed. Exit code 0 if the issue says what is true, up or down.
#
# Needs gh, which reads GH_TOKEN and GH_REPO, and what probe.sh needs.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
url=${1:?uptime.sh URL}

# Three attempts: one packet that is lost between two networks is no outage.
attempt=1 state=up
until reason=$("$scripts/probe.sh" "$url" 2>&1 >/dev/null); do
  echo "Attempt $attempt: $reason"
  [ "$attempt" -lt 3 ] || { state=down && break; }
  attempt=$((attempt + 1))
  sleep "${UPTIME_PAUSE:-20}"
done

# Only members can set labels, so no issue of a visitor is taken for this one.
open=$(timeout 60 gh issue list --state open --label down --limit 100 --json number --jq '.[].number')
now=$(date -u '+%Y-%m-%d %H:%M UTC')

if [ "$state" = up ]; then
  for issue in $open; do
    timeout 60 gh issue close "$issue" --comment "The service answers again, at $now."
  done
elif [ -z "$open" ]; then
  timeout 60 gh label create down --color B60205 --description "The service does not answer" --force
  timeout 60 gh issue create --title "The service is down" --label down --body "$reason

Three attempts failed, the last at $now. What to do: docs/runbooks/down.md

This issue is closed as soon as a probe succeeds."
fi
echo "The service is $state."
