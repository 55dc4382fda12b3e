#!/bin/sh
# probe.sh URL: asks a service what a client asks. Exit code 0, or 1 and one line on standard error.
#
#   ready         /health/ready answers 200 and Healthy; a redirect, or a page of something in between, is a failure
#   sign-in       if PROBE_EMAIL and PROBE_PASSWORD are set: signs in, reads the account, signs out
#   certificate   is valid for PROBE_CERTIFICATE_DAYS (14) more
#
# Each step takes PROBE_TIMEOUT (10) seconds at most. Needs curl and openssl.
set -eu
newline='
'
seconds=${PROBE_TIMEOUT:-10} days=${PROBE_CERTIFICATE_DAYS:-14} step='start' url='' token=''

# Without what a hostile answer could put into a terminal or a log.
fail() {
  printf '%s\n' "The probe of ${url:-the service} failed at $step: $1" | tr -cd '[:print:]' | cut -c 1-300 >&2
  exit 1
}

# ask PATH STATUS [option of curl…]: the answer is in $body. What is secret comes on standard input, as every user of
# this machine can read command lines.
ask() {
  path=$1 expected=$2 && shift 2
  # --disable: without the user's ~/.curlrc. --globoff: the brackets of an IPv6 address. The rate bounds the memory
  # where the answer does not say how long it is.
  answer=$(curl --disable --silent --globoff --max-time "$seconds" --max-filesize 100000 --limit-rate 100000 \
    --user-agent probe.sh --write-out '\n%{http_code} %{remote_ip} %{errormsg}' "$@" "$url$path") && code=0 || code=$?
  body=${answer%"$newline"*} status=${answer##*"$newline"}
  problem=${status#* } status=${status%% *}
  address=${problem%% *} problem=${problem#* }
  [ "$code" -eq 0 ] || fail "${problem:-curl ended with exit code $code}"
  [ "$status" != "$expected" ] || return 0
  type=$(printf '%s' "$body" | sed -n 's/.*"urn:problem-type:\([a-z-]*\)".*/, \1/p' | head -n 1)
  fail "$path answered $status$type, not $expected"
}

sign_out() {
  # Some proxies answer 411 to a POST without a length.
  ask /api/v1/auth/logout 204 --request POST --header 'Content-Length: 0' --header @- <<END
Authorization: Bearer $token
END
  token=''
}

# Also after a failure, because each probe would leave a session.
trap '[ -z "$token" ] || (sign_out) 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM

case ${1:-} in
  https://*) authority=${1#https://} ;;
  http://*) authority=${1#http://} ;;
  *) authority='' ;;
esac
authority=${authority%/}
case $authority in
  '' | *[!]A-Za-z0-9.:[-]*) fail "Usage: probe.sh URL, such as https://app.example" ;;
esac
# For curl 0 seconds would be no limit.
case $seconds:$days in
  0* | *:0* | *[!0-9:]*) fail "PROBE_TIMEOUT and PROBE_CERTIFICATE_DAYS are whole numbers from 1" ;;
esac
url=${1%/}

step='ready'
ask /health/ready 200 </dev/null
[ "$body" = Healthy ] || fail "/health/ready answered 200, but not Healthy"
done='Ready'

if [ -n "${PROBE_EMAIL:-}${PROBE_PASSWORD:-}" ]; then
  step='sign-in'
  json() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
  ask /api/v1/auth/login 200 --header 'Content-Type: application/json' --data-binary @- <<END
{"email":"$(json "${PROBE_EMAIL:-}")","password":"$(json "${PROBE_PASSWORD:-}")"}
END
  token=$(printf '%s' "$body" | tr -d ' \r\n' | sed -n 's/.*"accessToken":"\([A-Za-z0-9._-]*\)".*/\1/p')
  [ -n "$token" ] || fail "the answer has no access token"
  ask /api/v1/account 200 --header @- <<END
Authorization: Bearer $token
END
  step='sign-out'
  sign_out
  done="$done, signed in and out"
fi

if [ "${url#https:}" != "$url" ]; then
  step='certificate'
  case $authority in
    *]:* | *[!]]:*[!]]) host=${authority%:*} port=${authority##*:} ;;
    *) host=$authority port=443 ;;
  esac
  set --
  # SNI is for names alone.
  case $host in
    \[*) ;;
    *[!0-9.]*) set -- -servername "$host" ;;
  esac
  # The address that curl has reached: openssl does not try IPv4 where IPv6 gives no answer. curl has verified the name
  # and the issuer.
  case $address in *:*) address="[$address]" ;; esac
  certificate=$(timeout "$seconds" openssl s_client -connect "$address:$port" "$@" </dev/null 2>/dev/null) || true
  until=$(printf '%s\n' "$certificate" | openssl x509 -noout -enddate 2>/dev/null) || fail "it could not be read"
  until=${until#notAfter=}
  printf '%s\n' "$certificate" | openssl x509 -noout -checkend $((days * 86400)) >/dev/null ||
    fail "it ends in less than $days days, on $until"
  done="$done, certificate until $until"
fi

echo "$done: $url"
