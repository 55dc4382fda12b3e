#!/bin/sh
# restore.sh [--keep-mails] [SNAPSHOT]: into an empty database and an empty folder. See docs/runbooks/restore.md.
. "$(dirname "$0")/common.sh"
mails=held stage=${UPLOADS_DIR:-${TMPDIR:-/var/tmp}}/.restore step='restore a snapshot'
[ "${1-}" != --keep-mails ] || { mails=kept && shift; }
case $#${1-} in 0 | 1[!-]*) ;; *) fail "Usage: restore.sh [--keep-mails] [SNAPSHOT]" ;; esac

[ "$(query objects)" = 0 ] || fail "The database $PGDATABASE is not empty. Make a new one; nothing was changed."
[ ! -d "$UPLOADS_DIR" ] || [ -z "$(find "$UPLOADS_DIR" -path "$stage" -prune -o ! -type d -print -quit)" ] ||
  fail "The folder $UPLOADS_DIR is not empty. Move its files away; nothing was changed."

find_snapshot "${1:-latest}"
[ -n "$id" ] || fail "There is none."

# Beside their place, in one file system: they move there at the end, and a failure leaves the folder empty.
step="read snapshot $id" work=$stage
rm -rf "$stage" && mkdir -p "$stage"
within 12h restic restore "$id" --quiet --verify --target "$stage" >/dev/null

# First the extensions, which only the administrator may create. Then all the rest as the owner of the schema, whose
# default privileges give the role of the app its rights.
step="fill the database $PGDATABASE" dump=$stage$(member paths | grep '/database\.dump$')
within 10m pg_restore --list --file="$stage/contents" "$dump"
for others in '/^[0-9]+; [0-9]+ [0-9]+ EXTENSION /!d' '/^[0-9]+; [0-9]+ [0-9]+ (COMMENT - )?EXTENSION /d'; do
  sed -E "$others" "$stage/contents" >"$stage/part"
  within 12h pg_restore --no-password --exit-on-error --single-transaction --no-owner --no-privileges \
    --use-list="$stage/part" --dbname="$PGDATABASE" "$dump"
  PGOPTIONS="$PGOPTIONS $(query owner)"
done
query restored mails=$mails

step='find each file as its row describes it'
rows=$(query files)
if [ -n "$UPLOADS_DIR" ]; then
  find "$UPLOADS_DIR" -mindepth 1 -type d -empty ! -path "$stage*" -delete
  find "$stage$(member paths | grep -v '/database\.dump$')" -mindepth 1 -maxdepth 1 -exec mv -t "$UPLOADS_DIR" {} +
  [ -z "$rows" ] || (cd "$UPLOADS_DIR" && printf '%s\n' "$rows" | sha256sum --check --quiet --strict - >&2)
fi

# On a new machine: its backups continue those that it was restored from.
[ -n "$mark" ] || [ ! -w "${METRICS_DIR-}" ] || member tags | sed 1d >"$record"
echo "Restored snapshot $id of $time into $PGDATABASE, with $(printf %s "$rows" | grep -c '') files that rows name."
echo "RPO $(($(date +%s) - $(date -d "$time" +%s)))"
