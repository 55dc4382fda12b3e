#!/bin/sh
# Deploys from another machine: copies deploy/ of the commit that is checked out to the server over ssh, and runs
# deploy.sh there. Its exit code and its last line are those of deploy.sh; 255 says that ssh failed.
#
#   deploy/send.sh IMAGE         IMAGE as NAME@DIGEST, which names the same image for ever
#   deploy/send.sh --previous    one release back
#
# DEPLOY_HOST         name or address of the server
# DEPLOY_KNOWN_HOSTS  its lines for known_hosts; a server with another key is refused. Without: those of your account
# DEPLOY_KEY          the private key. Without: the keys of your account
# DEPLOY_USER         default root; another user must be allowed to use docker, and own the folder
# DEPLOY_PORT         default 22
# DEPLOY_PATH         the folder on the server that contains deploy/, default /srv/app
# REGISTRY_USER, REGISTRY_TOKEN   for the registry of IMAGE. The server forgets them at the end. Without: its own login
set -eu
umask 077
cd "$(dirname "$0")/.."

fail() {
  echo "send: $1" >&2
  exit 1
}

# check NAME VALUE: the remote shell reads what is sent to it, so these are words without a meaning of their own.
check() {
  case $2 in
    '' | -* | *[!A-Za-z0-9._:/@-]*) fail "$1 must be letters, digits and . _ : / @ - and not begin with a hyphen." ;;
  esac
}

[ $# -eq 1 ] || { echo "Usage: send.sh IMAGE, or send.sh --previous" >&2; exit 2; }
image=$1 host=${DEPLOY_HOST:-} user=${DEPLOY_USER:-root} port=${DEPLOY_PORT:-22} path=${DEPLOY_PATH:-/srv/app}
[ "$image" = --previous ] || check IMAGE "$image"
check DEPLOY_HOST "$host"
check DEPLOY_USER "$user"
check DEPLOY_PORT "$port"
check DEPLOY_PATH "$path"
[ -z "${REGISTRY_TOKEN:-}" ] || check REGISTRY_USER "${REGISTRY_USER:-}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

{
  echo "Host target"
  echo "  HostName $host"
  echo "  User $user"
  echo "  Port $port"
  echo "  StrictHostKeyChecking yes"
  echo "  BatchMode yes"
  echo "  ConnectTimeout 20"
  # A deployment says nothing for minutes, while it backs up. A connection that is lost is noticed after a minute.
  echo "  ServerAliveInterval 15"
  echo "  ServerAliveCountMax 4"
  echo "  LogLevel ERROR"
} >"$work/config"
if [ -n "${DEPLOY_KNOWN_HOSTS:-}" ]; then
  printf '%s\n' "$DEPLOY_KNOWN_HOSTS" >"$work/known_hosts"
  printf '  UserKnownHostsFile "%s"\n  GlobalKnownHostsFile /dev/null\n' "$work/known_hosts" >>"$work/config"
fi
if [ -n "${DEPLOY_KEY:-}" ]; then
  printf '%s\n' "$DEPLOY_KEY" | tr -d '\r' >"$work/key"
  printf '  IdentityFile "%s"\n  IdentitiesOnly yes\n' "$work/key" >>"$work/config"
fi

# Only what is committed: not the settings and the state that deploy/ has on a machine.
git rev-parse --verify --quiet HEAD >/dev/null 2>&1 ||
  fail "nothing is committed, and only what is committed is sent: git init, git add -A, git commit."
git -c tar.umask=0022 archive --format=tar --output="$work/deploy.tar" HEAD deploy
remote() {
  ssh -F "$work/config" target "$1"
}
# Containers read some of the files as other users. The release before goes back with the files that serve.
[ "$image" = --previous ] || remote "umask 022 && mkdir -p '$path' && tar -C '$path' -xf -" <"$work/deploy.tar"

# The login is in a folder of its own, with the plugins and the other logins of the account.
# shellcheck disable=SC2016 # The server expands these.
login='config=$(mktemp -d) && trap "rm -rf $config" EXIT && trap "exit 1" HUP INT TERM &&
  { cp -R "${DOCKER_CONFIG:-$HOME/.docker}/." "$config" 2>/dev/null || true; } && export DOCKER_CONFIG="$config" &&'
if [ -n "${REGISTRY_TOKEN:-}" ] && [ "$image" != --previous ]; then
  printf '%s\n' "$REGISTRY_TOKEN" | remote "cd '$path' && $login
    docker login --username '$REGISTRY_USER' --password-stdin '${image%%/*}' >/dev/null && deploy/deploy.sh '$image'"
else
  remote "cd '$path' && deploy/deploy.sh '$image'" </dev/null
fi
