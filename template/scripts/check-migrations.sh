#!/bin/sh
# Checks the migrations: the model has no change without one, none has changed since BASE, and squawk finds nothing in
# the SQL of those that BASE does not have. docs/migrations.md says what to do about a finding.
#
#   scripts/check-migrations.sh [BASE]    BASE is a branch or commit, as origin/main; without it, all are new
set -eu
cd "$(dirname "$0")/.."

squawk='squawk-cli@2.66.0'
migrations=src/Infrastructure/Database/Migrations
# The rules of MigrationRules.cs. squawk has a finding for an exception from a rule that it does not know.
own='update-in-batches\|do-block\|concurrent-index-alone'
configuration=${CONFIGURATION:-Debug}
base=${1:-}

fail() {
  echo "check-migrations: $1" >&2
  exit 1
}

for program in dotnet npx git; do
  command -v "$program" >/dev/null || fail "$program is missing (dotnet: the .NET SDK; npx: Node.js)."
done

# names: those of the files on standard input that are migrations, in order, without folder and ending.
names() {
  sed -n 's|^\(.*/\)\{0,1\}\([0-9]\{14\}_[^./]*\)\.cs$|\2|p' | sort
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find "$migrations" -name '*.cs' | names >"$work/all"
: >"$work/old"
if [ -n "$base" ]; then
  start=$(git merge-base "$base" HEAD) || fail "$base is no commit that this branch comes from."
  git ls-tree -r --name-only "$start" -- "$migrations" | names >"$work/old"
  # A renamed migration counts as its old name too: databases that have that one would run it again.
  changed=$(git diff --no-renames --name-only "$start" -- "$migrations" | names | comm -12 - "$work/old" | tr '\n' ' ')
  [ -z "$changed" ] || fail "Databases may already have these migrations, so add a new one instead: $changed"
fi
comm -13 "$work/old" "$work/all" >"$work/new"

ef() {
  dotnet ef migrations "$@" --project src --no-build --configuration "$configuration"
}

dotnet tool restore >/dev/null
dotnet build src --configuration "$configuration" >"$work/build" || { cat "$work/build" && fail "the build failed."; }
ef has-pending-model-changes ||
  fail "the model has changed, and a migration is missing. docs/migrations.md describes how to add one."
[ -s "$work/new" ] || { echo "No new migrations."; exit 0; }

# One script for each: in an idempotent script all statements are strings, which squawk does not read.
previous=0
while read -r migration; do
  if grep -qx "$migration" "$work/new"; then
    ef script "$previous" "$migration" --output "$work/sql" >/dev/null
    sed "/^-- squawk-ignore-file \($own\)\$/d" "$work/sql" >"$work/$migration.sql"
    { echo "### $migration" && echo '```sql' && cat "$work/sql" && echo '```'; } >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  fi
  previous=$migration
done <"$work/all"

echo "Linting: $(tr '\n' ' ' <"$work/new")"
npx --yes "$squawk" --version >/dev/null || fail "$squawk was not installed; npx needs the npm registry, or a mirror."
npx --yes "$squawk" --config .squawk.toml "$work"/*.sql ||
  fail "squawk has findings. docs/migrations.md describes safe steps, and how to give a reason for another one."
