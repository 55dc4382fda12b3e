#!/bin/sh
# Removes the tickets, which the template adds as a sample. It makes this project anew, with and without them, and
# applies the difference: what you have added or changed stays. It commits nothing.
#
#   scripts/remove-sample.sh [--drop-tables]
#
# Without --drop-tables the migration AddTickets goes too. With it the migration stays, and a new one drops the tables:
# for a project whose database is in use.
set -eu
cd "$(dirname "$0")/.."

migrations=src/Infrastructure/Database/Migrations
add_migration="dotnet ef migrations add RemoveSample --project src --output-dir ${migrations#src/}"

fail() {
  echo "remove-sample: $1" >&2
  exit 1
}

# version <folder>: of the template that has made it.
version() {
  sed -n 's|.*<TemplateVersion>\(.*\)</TemplateVersion>.*|\1|p' "$1/Directory.Build.props"
}

# generate <folder> <true|false>: with or without the sample, below the path that the project has in its repository.
generate() {
  target=$work/$1/$prefix
  dotnet new prodready-api --name ProdReady --sample "$2" --output "$target" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "the template prodready-api is missing; install its version $(version .)."
  }
  [ "$(version "$target")" = "$(version .)" ] ||
    fail "another version of the template prodready-api is installed; install its version $(version .)."
}

# tree <folder>: its files as a tree in the repository, which no commit has.
tree() (
  export GIT_INDEX_FILE="$work/$1.index"
  git -C "$work/$1" --git-dir="$repository" --work-tree="$work/$1" add --all
  git write-tree
)

# The sample is whole lines and whole files. So the lines are found without lines around them, which you may have
# changed. What cannot be found is merged, and may be a conflict.
apply() {
  export GIT_LITERAL_PATHSPECS=1
  git diff-tree -r -z --name-only "$with" "$without" | tr '\0' '\n' >"$work/paths"
  while read -r path; do
    [ -n "$(git ls-files -- "$path")" ] || continue
    git diff-tree -p --unified=0 "$with" "$without" -- "$path" | git apply --index --unidiff-zero 2>/dev/null ||
      git diff-tree -p --full-index "$with" "$without" -- "$path" | git apply --3way 2>/dev/null ||
      echo "  $path"
  done <"$work/paths" >"$work/changed"
}

# In a function, which is read to its end before this file is deleted.
remove() {
  drop=false
  if [ $# -gt 0 ]; then
    [ "$*" = --drop-tables ] || fail "the only option is --drop-tables."
    drop=true
  fi
  for program in dotnet git; do
    command -v "$program" >/dev/null || fail "$program is missing."
  done
  git rev-parse --verify --quiet HEAD >/dev/null ||
    fail "commit the project first: git init && git add --all && git commit --message Start"
  [ -z "$(git status --porcelain)" ] || fail "commit or stash your changes first."
  repository=$(git rev-parse --absolute-git-dir)
  prefix=$(git rev-parse --show-prefix)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT

  generate with true
  generate without false
  if $drop; then
    rm -r "${work:?}/without/$prefix$migrations"
    cp -R "$work/with/$prefix$migrations" "$work/without/$prefix$migrations"
  else
    for migration in "$migrations"/*.cs; do
      [ -e "$work/with/$prefix$migration" ] || fail "you have added migrations, so use --drop-tables."
    done
  fi

  with=$(tree with)
  without=$(tree without)
  (cd "./$(git rev-parse --show-cdup)" && apply)
  if [ -s "$work/changed" ]; then
    cat "$work/changed" >&2
    ! $drop || echo "remove-sample: then run $add_migration" >&2
    fail "you have changed these, so look at them: git diff. git reset --hard undoes everything."
  fi
  echo "The sample is removed."
  $drop || exit 0

  { dotnet tool restore && dotnet restore src && $add_migration; } >"$work/log" || {
    cat "$work/log" >&2
    fail "the code does not build; git grep -i ticket src finds what is left. Then run $add_migration"
  }
  added=$(find "$migrations" -name '*_RemoveSample.cs')
  why='-- The sample is removed, and its rows with it.\n-- squawk-ignore-file ban-drop-table' awk '
    { print }
    /void Up\(/ { getline; print; print "            migrationBuilder.Sql(\n                \"" ENVIRON["why"] "\");" }
  ' "$added" >"$work/migration"
  cat "$work/migration" >"$added"
  git add --all .
  echo "$added drops its tables."
}

remove "$@"
