#!/bin/sh
# start.sh FILE COMMAND…: writes FILE to /tmp with the values of app.env in place of ${NAME}, and runs the command. What
# Prometheus, Alertmanager and the blackbox exporter read knows no variables.
set -eu
: "${Smtp__Host:=localhost}" "${Smtp__Port:=587}" "${Smtp__UserName:=}" "${Smtp__Password:=}"
# Of several names the first: the proxy takes a list, the Host header of a probe does not.
SITE=${SITE:-} && SITE=${SITE%%[, ]*}
PEOPLE=mail
[ -z "${ALERT_WEBHOOK_URL:-}" ] || PEOPLE=webhook
[ -n "${WATCHDOG_PING_URL:-}" ] && WATCHDOG=watchdog || WATCHDOG=none
# Alertmanager wants an address also where nothing is sent to it.
: "${ALERT_EMAIL:=alerts@localhost}" "${ALERT_WEBHOOK_URL:=http://localhost}" "${WATCHDOG_PING_URL:=http://localhost}"
export Smtp__Host Smtp__Port Smtp__UserName Smtp__Password PEOPLE WATCHDOG ALERT_EMAIL ALERT_WEBHOOK_URL \
  WATCHDOG_PING_URL SITE

umask 077
awk '{
  while (match($0, /\$\{[A-Za-z0-9_]+\}/)) {
    value = ENVIRON[substr($0, RSTART + 2, RLENGTH - 3)]
    gsub(/["\\]/, "\\\\&", value) # Inside the quotes of YAML.
    printf "%s%s", substr($0, 1, RSTART - 1), value
    $0 = substr($0, RSTART + RLENGTH)
  }
  print
}' "$1" >"${TMPDIR:-/tmp}/${1##*/}"
shift
exec "$@"
