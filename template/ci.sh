#!/bin/sh
# The steps of .github/workflows/ci.yml, which calls this script for each of them. The scans are not here: those of the
# secrets, of the image and of the code run on GitHub alone. docs/ci.md describes all of them.
#
#   ./ci.sh                    all steps, until one fails
#   ./ci.sh STEP [ARGUMENT…]   one step, with more arguments for its last command
#   ./ci.sh --list             the names of the steps
set -eu
cd "$(dirname "$0")"
export DOTNET_NOLOGO=true DOTNET_CLI_TELEMETRY_OPTOUT=true DOCKER_BUILDKIT=1

steps() {
  cat <<EOF
restore     Restore the packages
format      Check the format
build       Build
migrations  Check the migrations
test        Test
audit       Audit the packages
image       Build the image
EOF
}

# What the lock files do not say is an error. A project that has none yet gets them here, and is to commit them.
run_restore() {
  dotnet restore --locked-mode "$@" ||
    fail $? "After a change of packages: dotnet restore, and commit the packages.lock.json that it changes."
}

run_format() {
  dotnet format --no-restore --verify-no-changes "$@"
}

# With CI=true the analyzers run as well.
run_build() {
  CI=true dotnet build --no-restore --configuration Release "$@"
}

# BASE=main compares with origin/main: no migration that it has may change, and only the new ones are linted.
run_migrations() {
  command -v npx >/dev/null || { skip "migrations: Node.js, which runs the linter, is not installed"; return; }
  CONFIGURATION=Release scripts/check-migrations.sh ${BASE:+"origin/$BASE"} "$@"
}

run_test() {
  [ -n "${TEST_POSTGRES:-}" ] || docker_answers ||
    skip "tests on PostgreSQL: TEST_POSTGRES is not set, and Docker does not answer"
  command -v redis-server >/dev/null || skip "tests on Redis: redis-server is not installed"
  command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] ||
    skip "tests behind a pooler: pgbouncer is not installed"
  dotnet test --no-build --configuration Release --report-xunit-trx "$@"
}

# What is a warning in all other restores is an error here: an advisory for a direct or an indirect package, and a list
# of advisories that cannot be read. A restore that found everything up to date would not look, hence --force. Feeds
# stay warnings (%3B is a semicolon).
run_audit() {
  dotnet restore --locked-mode --force -p:WarningsNotAsErrors=NU1507%3BNU1801 "$@"
}

run_image() {
  docker_answers || { skip "image: Docker does not answer"; return; }
  docker build --tag app:ci "$@" .
}

docker_answers() {
  [ "$(docker version --format '{{.Server.Os}}' 2>/dev/null)" = linux ]
}

# skip WHAT: a machine may lack a program; a runner of GitHub has all of them.
skip() {
  [ -z "${GITHUB_ACTIONS:-}" ] || fail 1 "$1"
  echo "Skipped $1." >&2
  skipped="$skipped
  $1"
}

fail() {
  echo "ci.sh: $2" >&2
  exit "$1"
}

# run STEP TITLE [ARGUMENT…]
run() {
  step=$1
  echo "== $2"
  shift 2
  "run_$step" "$@"
  step=
}

ended() {
  status=$?
  [ "$status" -eq 0 ] || [ -z "$step" ] || echo "ci.sh: $step failed, with exit code $status." >&2
}

step='' skipped=''
trap ended EXIT

case ${1:-} in
  '')
    while read -r name title <&3; do
      run "$name" "$title"
    done 3<<EOF
$(steps)
EOF
    echo "All steps have passed.${skipped:+ Skipped here, but not on GitHub:$skipped}"
    ;;
  --list) steps ;;
  *)
    title=$(steps | while read -r name title; do [ "$name" != "$1" ] || echo "$title"; done)
    if [ -z "$title" ]; then
      echo "There is no step '$1'. The steps are:" >&2
      steps >&2
      exit 2
    fi
    name=$1
    shift
    run "$name" "$title" "$@"
    ;;
esac
