#!/bin/sh
# One restic snapshot of the database and the files of users, then the retention. Settings: docs/backup.md.
. "$(dirname "$0")/common.sh"
ping_url=${BACKUP_PING_URL-} dump=$work/database.dump
: "${PGDATABASE:?}" "${RESTIC_REPOSITORY:?}" "${METRICS_DIR:?}" "${UPLOADS_DIR?empty if the files are in a bucket}"
cleanup() { rm -rf "$dump"; }
lock

step='open the repository'
within 30s restic cat config >/dev/null || case $? in
  # 10: there is none; versions before 0.17 say 1 for everything. An existing one makes `restic init` fail.
  1 | 10)
    [ ! -e "$METRICS_DIR/repository" ] ||
      fail "There was one before, as $METRICS_DIR/repository says, so none is made."
    within 30s restic init >/dev/null ;;
  *) exit 1 ;;
esac
touch "$METRICS_DIR/repository"
# Only locks of processes that have died, such as a backup that was killed.
within 10m restic unlock >/dev/null

# The path is always the same: restic compares a file with the one of that path in the last snapshot.
step='dump the database'
rm -rf "$dump" && mkdir -p "$work"
within 12h pg_dump --no-password --format=directory --compress=0 --lock-wait-timeout=5min --file="$dump"

# The dump comes first: the app keeps contents of deleted rows for Uploads:KeepDeleted, so each row has its file. Code 3
# says that a file could not be read, as one that the cleanup has just removed; such a snapshot is not kept.
step='write the snapshot'
[ -z "$UPLOADS_DIR" ] || [ -d "$UPLOADS_DIR" ] || mkdir "$UPLOADS_DIR"
for _ in 1 2; do
  code=0
  within 12h restic backup --quiet --tag app --exclude "$UPLOADS_DIR/incoming" "$dump" ${UPLOADS_DIR:+"$UPLOADS_DIR"} ||
    code=$?
  [ "$code" -eq 3 ] || break
  within 10m restic forget --quiet --tag app latest >/dev/null
done
[ "$code" -eq 0 ]

step='remove old snapshots'
within 12h restic forget --quiet --prune --tag app --group-by '' --keep-daily "${KEEP_DAILY:-7}" \
  --keep-weekly "${KEEP_WEEKLY:-4}" --keep-monthly "${KEEP_MONTHLY:-12}" >/dev/null

step='record the success'
record backup_last_success_timestamp_seconds
ping
echo "Backed up."
