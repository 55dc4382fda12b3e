#!/bin/sh
# deploy.sh IMAGE: replaces the release that serves, without losing a request. deploy.sh --previous: one release back.
# Exit 0: IMAGE serves. Otherwise the release before serves, and the last line says why (docs/operations.md).
set -eu
umask 077
cd "$(dirname "$0")"
why='' child='' log=deploy.log compose='docker compose'
docker compose version >/dev/null 2>&1 || compose=docker-compose
export DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1 # Where they are not the default.

begin() { step=$1 && echo "deploy: $1"; }
fail() { why=$1 && exit 1; }
write() { printf '%s\n' "$2" >"$1.new" && mv "$1.new" "$1"; }
# cause: of a log in JSON the last warning or error, of others the last line.
cause() { sed -n 's/.*"@m":"\(.*\)","@i":.*"@l":"[WEF].*/\1/p; /"@m"/d; /./p' | tail -n 1; }

# run COMMAND…: in the background, so that a signal counts at once, and without the lock, which would outlive kill -9.
run() {
  "$@" </dev/null >>$log 2>&1 9>&- & child=$!
  wait "$child" || { code=$? child='' && return "$code"; }
  child=''
}
# shellcheck disable=SC2086 # It may be two words.
compose() { run $compose -f compose.yml "$@"; }
# await SECONDS COMMAND…: repeats the command until it succeeds.
await() {
  left=$1 && shift
  until "$@"; do left=$((left - 1)) && [ $left -gt 0 ] && run sleep 1 || return 1; done
}

# ready SERVICE CONTAINER: through the network, as the proxy asks. No more tries once the process has ended twice.
ready() {
  [ "$(docker inspect --format '{{.RestartCount}}' "$2" 9>&-)" -lt 2 ] || left=0
  compose exec -T proxy wget -q -T 3 -O - "http://$1:8080/health/ready"
}
# replace IMAGE: one instance after the other, and none while the other one is not ready.
replace() {
  touch unfinished
  for service in app-a app-b; do
    begin "start $service with $1" && export IMAGE="$1"
    compose up --detach --no-deps --no-build $service || fail "could not $step: $(cause <$log)"
    container=$($compose -f compose.yml ps -q $service 9>&-)
    await "${READY_TIMEOUT:-60}" ready $service "$container" ||
      fail "$service does not become ready: $(docker logs --tail 50 "$container" 2>&1 9>&- | tee -a $log | cause)"
    run sleep 3 # The proxy has to notice; it asks every second.
  done
}

# answers CODE PATH: through the proxy. The certificate is not checked: it is not the fault of a release.
answers() {
  got=$(curl -ks -m 10 -o /dev/null -w '%{http_code}' --resolve "$site:443:127.0.0.1" "https://$site$2" 9>&-) || true
  why="https://$site$2 answers $got in place of $1" && [ "$got" = "$1" ]
}
smoke() { for _ in 1 2 3 4 5; do answers 200 /health/ready && answers 401 /api/v1/account || return 1; done; }

end() {
  trap '' HUP INT TERM PIPE
  [ -z "$child" ] || { [ -e unfinished ] || kill "$child"; wait "$child"; } 2>/dev/null || true
  why=${why:-could not $step: $(cause <$log)} state="${before:-Nothing} serves."
  if [ -e unfinished ] && [ -z "$before" ]; then
    compose rm --stop --force app-a app-b && rm unfinished || state="app-a and app-b are left, see deploy/$log."
  elif [ -e unfinished ]; then
    (replace "$before") >>$log 2>&1 && rm unfinished || state="$before does not serve on both, see deploy/$log."
  fi
  echo "deploy: $(printf %s "$why" | tr '\n' ' ' | cut -c 1-500). $state" | tee -a $log >&2 || true
  exit 1
}

image=${1-} before=$(cat release 2>/dev/null) || true
[ "$image" != --previous ] || image=$(cat previous) || exit
case $#$image in 1[!-]*) ;; *) echo "Usage: deploy.sh IMAGE, or deploy.sh --previous" >&2 && exit 2 ;; esac
site=$(sed -n 's/^SITE=\([^, ]*\).*/\1/p' app.env) && exec 9>lock
flock --nonblock 9 || { echo "deploy: another deployment is running, so nothing was changed." >&2 && exit 1; }
: >$log && trap end EXIT && trap 'fail "interrupted: $step"' HUP INT TERM PIPE

begin "pull $image"
case $image in
  *@sha256:*) docker image inspect "$image" >/dev/null 2>&1 9>&- || run timeout 900 docker pull "$image" ;;
  */*) run timeout 900 docker pull "$image" ;; # Without a slash it was built here.
esac
case $image in *@* | app:kept-*) ;; *) # A tag can move, and the way back needs a name that does not.
  kept=app:kept-$(docker image inspect --format '{{slice .Id 7 19}}' "$image") && run docker tag "$image" "$kept"
  image=$kept ;;
esac

begin "start what the app needs" && export IMAGE="$image"
compose up --detach --no-recreate db redis proxy
await 60 compose exec -T db pg_isready -q -h 127.0.0.1
await 10 compose exec -T proxy caddy reload --config /etc/caddy/Caddyfile
[ -n "$before" ] || { compose build backup && compose run --rm --no-deps -v "$PWD:/deploy:ro" \
  -e PGDATABASE=postgres backup sh /deploy/create-roles.sh; }
if [ "$1" != --previous ]; then
  begin "back up (SKIP_BACKUP=1 deploys without)"
  [ -n "${SKIP_BACKUP-}" ] || { compose build backup && compose run --rm --no-deps backup backup.sh; }
  begin migrate && compose run --rm --no-deps migrate
fi
replace "$image"
begin "smoke test" && await $((${#before} > 0 ? 10 : 90)) smoke # The first certificate takes a while.

write release "$image"
[ "$image" = "${before:-$image}" ] || write previous "$before"
write .env "$(sed '/^IMAGE=/d' .env 2>/dev/null || true)
IMAGE=$image"
rm unfinished && trap - EXIT && trap '' HUP INT TERM PIPE
compose up --detach --no-deps backup verify || echo "deploy: no backups are planned, see deploy/$log." >&2
# Room on the disk: of the images of the app these two are kept.
keep=$(docker image inspect --format '{{.Id}}' "$image" "$(cat previous || true)" 2>/dev/null || true)
docker image ls --quiet --no-trunc "$(printf %s "$image" | sed 's/[@:][^/]*$//')" | sort -u | grep -vxF "$keep" |
  xargs -r docker image rm --force >>$log 2>&1 || true
echo "deploy: $image serves." || true
