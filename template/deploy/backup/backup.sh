#!/bin/sh
# One restic snapshot of the database and the files of users, then the retention. Settings: docs/backup.md.
ping_url=${BACKUP_PING_URL-} daily=${KEEP_DAILY:-7} weekly=${KEEP_WEEKLY:-4} monthly=${KEEP_MONTHLY:-12}
. "$(dirname "$0")/common.sh"
forget() { within 12h restic forget --quiet --tag "app,$mark" "$@" >/dev/null; }

step='open the repository'
within 30s restic --no-lock cat config >/dev/null || [ ! -e "$record" ] ||
  fail "There was one before, as $record says, so none is made."
# If `cat` failed for another reason, this fails as well: it makes none over another.
[ "$code" -eq 0 ] || within 30s restic init >/dev/null
[ -n "$mark" ] || { mark=$(cat /proc/sys/kernel/random/uuid) && echo "$mark" >"$record"; }
find_snapshot latest

# The path is always the same: restic compares a file with the one of that path in the last snapshot.
step='dump the database' work=${TMPDIR:-/var/tmp}/backup
rm -rf "$work" && mkdir -p "$work"
within 12h pg_dump --no-password --format=directory --compress=0 --lock-wait-timeout=5min --file="$work/database.dump"

# The dump comes first: the app keeps contents of deleted rows for Uploads:KeepDeleted, so each row has its file. Code 3
# says that a file could not be read, as one that the cleanup has just removed; such a snapshot is not kept.
step='write the snapshot'
[ -z "$UPLOADS_DIR" ] || [ -d "$UPLOADS_DIR" ] || mkdir "$UPLOADS_DIR"
within 12h restic backup --quiet --tag "app,$mark" --exclude "$UPLOADS_DIR/incoming" "$work/database.dump" \
  ${UPLOADS_DIR:+"$UPLOADS_DIR"} || { [ "$code" -ne 3 ] || forget latest; exit 1; }

step='remove old snapshots'
forget --prune --group-by '' --keep-daily "$daily" --keep-weekly "$weekly" --keep-monthly "$monthly"

succeeded backup_last_success_timestamp_seconds
echo "Backed up."
