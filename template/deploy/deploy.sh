#!/bin/sh
# deploy.sh IMAGE: replaces the release that serves, without losing a request. deploy.sh --previous: one release back.
# Exit 0: IMAGE serves. Otherwise the release before serves, and the last line says why (docs/operations.md).
# shellcheck disable=SC2086 # $compose may be two words.
set -eu && umask 077 && cd "$(dirname "$0")"
why='' step='' child='' before='' log=deploy.log compose='docker compose'
docker compose version >/dev/null 2>&1 || compose=docker-compose
export DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1 # Where they are not the default.
begin() { step=$1 why='' && echo "deploy: $1"; }
fail() { why=$1 && exit 1; }
write() { printf '%s\n' "$2" >"$1.new" && mv "$1.new" "$1"; }
# cause: the last line of a log; of one in JSON the last warning or error.
cause() { sed -n 's/\\"/"/g; s/.*"@m":"\(.*\)","@i":.*"@l":"[WEF].*/\1/p; /"@m"/d; /[^0-9]/p' | tail -n 1; }
# run COMMAND…: in the background, so that a signal counts at once, and without the lock, which would outlive kill -9.
run() {
  "$@" </dev/null >>$log 2>&1 9>&- & child=$!
  wait "$child" || { code=$? child='' && return "$code"; }
  child=''
}
compose() { run $compose -f compose.yml "$@"; }
# await SECONDS COMMAND…: repeats the command until it succeeds.
await() {
  left=$1 && shift
  until "$@"; do left=$((left - 1)) && [ $left -gt 0 ] && run sleep 1 || return 1; done
}
# ready SERVICE [CONTAINER]: through the network, as the proxy asks. No more tries once the process has ended twice.
ready() {
  case $([ $# -eq 1 ] || docker inspect --format '{{.RestartCount}}' "$2" 9>&-) in '' | 0 | 1) ;; *) left=0 ;; esac
  compose exec -T proxy wget -q -T 3 -O - "http://$1:8080/health/ready"
}
# replace IMAGE: one instance after the other, and none while the other one is not ready.
replace() {
  touch unfinished; order='app-b app-a'; ! ready app-b || order='app-a app-b'
  for service in $order; do
    begin "start $service with $1" && export IMAGE="$1"
    compose up --detach --no-deps --no-build "$service" || fail "could not $step: $(cause <$log)"
    container=$($compose -f compose.yml ps -q "$service" 9>&-)
    await "${READY_TIMEOUT:-60}" ready "$service" "$container" ||
      fail "$service does not become ready: $(docker logs --tail 50 "$container" 2>&1 9>&- | tee -a $log | cause)"
    run sleep 3 # The proxy has to notice; it asks every second.
  done
}
# smoke: through the proxy, under the real name. The certificate is not checked: it is not the fault of a release.
smoke() {
  got=$(curl -qks --noproxy '*' -m 10 -o /dev/null -w '%{http_code} ' --resolve "$site:443:127.0.0.1" \
    "https://$site/{health/ready,api/v1/account,health/ready,api/v1/account}" 9>&-) || true
  why="https://$site answered ${got}in place of 200 401 200 401" && [ "$got" = "200 401 200 401 " ]
}
end() {
  trap '' HUP INT TERM PIPE
  [ -z "$child" ] || { [ -e unfinished ] || kill "$child"; wait "$child"; } 2>/dev/null || true
  why=${why:-could not $step: $(cause <$log)} state="${before:-Nothing} serves."
  if [ -e unfinished ] && [ -z "$before" ]; then
    compose rm --stop --force app-a app-b && rm unfinished || state="app-a and app-b are left, see deploy/$log."
  elif [ -e unfinished ]; then
    (replace "$before") >>$log 2>&1 && rm unfinished || state="$before does not serve on both, see deploy/$log."
  fi
  echo "deploy: $(printf %s "${why%.}" | tr '\n' ' ' | cut -c 1-500). $state" | tee -a $log >&2 || true
  exit 1
}
case $#${1-} in 1--previous | 1[!-]*) ;; *) echo "Usage: deploy.sh IMAGE | --previous" >&2 && exit 2 ;; esac
exec 9>lock; flock --nonblock 9 || { echo "deploy: another deployment is running; nothing was changed." >&2 && exit 1; }
: >$log && trap end EXIT && trap 'fail "interrupted: $step"' HUP INT TERM PIPE
begin "read what serves" && image=$1 site=$(sed -n "s/^SITE=\([^, $(printf '\r')]*\).*/\1/p" app.env)
before=$(grep -s . release || sed -n 's/^IMAGE=//p' .env 2>/dev/null || true) # A loss of power can empty `release`.
[ "$1" != --previous ] || SKIP_DOCTOR=1 SKIP_BACKUP=1 image=$(grep -s . previous) || fail "there is no release before"
begin "load proxy/Caddyfile" && export IMAGE="$image"
compose exec -T proxy caddy reload --config /etc/caddy/Caddyfile || # A proxy that does not run yet has it checked.
  compose run --rm --no-deps proxy caddy validate --config /etc/caddy/Caddyfile
begin "pull $image"
case $image in
  *@*) docker image inspect "$image" >/dev/null 2>&1 9>&- || run timeout 900 docker pull "$image" ;;
  */*) run timeout 900 docker pull "$image" ;; # Without a slash it was built here.
esac
# The way back needs a name that does not move, and a tag, without which `docker system prune` deletes the image.
id=$(docker image inspect --format '{{slice .Id 7 19}}' "$image" 2>>$log); run docker tag "$image" "app:kept-$id"
case $image in *@*) ;; *) image=app:kept-$id ;; esac
begin "start what the app needs" && export IMAGE="$image"
compose up --detach --no-recreate db redis proxy
await 60 compose exec -T db pg_isready -q -h 127.0.0.1; [ -n "$before" ] || compose run --rm --no-deps roles
[ -n "${SKIP_DOCTOR-}" ] || {
  begin "doctor (SKIP_DOCTOR=1 deploys without)"
  run timeout 120 $compose -f compose.yml run --rm --no-deps doctor ||
    fail "$step: $(sed -n 's/^ *\(✗ D\)/\1/p' $log | head -n 3 | grep . || echo "exit code $code")"; }
[ -n "${SKIP_BACKUP-}" ] || {
  begin "back up (SKIP_BACKUP=1 deploys without)"
  compose build backup
  compose run --rm --no-deps backup backup.sh; }
[ "$1" = --previous ] || { begin migrate && compose run --rm --no-deps migrate; }
replace "$image"
begin "smoke test" && await $((${#before} > 0 ? 10 : 90)) smoke # The first certificate takes a while.
begin "remember the release" && trap '' HUP INT TERM PIPE
[ "$image" = "${before:-$image}" ] || write previous "$before"
write .env "$(sed '/^IMAGE=/d' .env 2>/dev/null; echo "IMAGE=$image")"
write release "$image" && rm unfinished && trap - EXIT
compose up --detach --no-deps backup verify || echo "deploy: no backups are planned, see deploy/$log." >&2
keep=$(docker image inspect --format '{{.Id}}' "$image" "$(cat previous 2>/dev/null)" 2>/dev/null || true)
docker image ls --quiet --no-trunc "$(printf %s "$image" | sed 's/[@:][^/]*$//')" | sort -u | grep -vxF "$keep" |
  xargs -r docker image rm --force >>$log 2>&1 || true
echo "deploy: $image serves." || true
