#!/bin/sh
# settings.sh HOST [NAME=value]…: makes app.env from app.env.example, with random secrets, and never overwrites it.
#   deploy/settings.sh app.example Smtp__Host=smtp.example RESTIC_REPOSITORY=sftp:backup@host:/app
# Write passwords into app.env afterwards: every user of this machine can read command lines.
set -eu
umask 077
cd "$(dirname "$0")"

fail() {
  echo "settings: $1" >&2
  exit 1
}

host=${1-} draft=app.env.$$
case $host in
  '' | [!a-z0-9]* | *[!a-z0-9.-]*) fail "usage: settings.sh HOST [NAME=value]…, with a HOST such as app.example" ;;
esac
shift
for setting; do
  # A line break would be a second setting.
  case $(printf '%s' "$setting" | wc -l)$setting in
    # Compose reads these in its own way, and each version in another.
    0*[\$\"\'\\]* | 0*' #'*) fail "a value may have no quotes, dollar or backslash, and no # after a space." ;;
    0[A-Za-z]*=*) ;;
    *) fail "this is not NAME=value: $setting" ;;
  esac
done
[ ! -e app.env ] || fail "app.env exists, and its secrets are those of the data. Edit it, or move it away."

# Hexadecimal digits mean the same in a connection string, a URL, a shell and app.env.
random() { od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
admin=$(random 24) app=$(random 24) migrations=$(random 24) redis=$(random 24) restic=$(random 32)

trap 'rm -f "$draft"' EXIT
while IFS= read -r line; do
  name=${line#"# "}
  for setting; do [ "${setting%%=*}" != "${name%%=*}" ] || line=$setting; done
  case $line in
    SITE= | AllowedHosts= | App__PublicUrl=https:// | Smtp__From=noreply@) line=$line$host ;;
    POSTGRES_PASSWORD= | PGPASSWORD=) line=$line$admin ;;
    APP_PASSWORD= | ConnectionStrings__Database=*Password=) line=$line$app ;;
    MIGRATIONS_PASSWORD= | ConnectionStrings__Migrations=*Password=) line=$line$migrations ;;
    REDIS_PASSWORD= | ConnectionStrings__Redis=*password=) line=$line$redis ;;
    RESTIC_PASSWORD=) line=$line$restic ;;
    Jwt__SigningKeys__0=) line=$line$(head -c 48 /dev/urandom | base64 | tr -d '\n') ;;
  esac
  printf '%s\n' "$line"
done <app.env.example >"$draft"
for setting; do grep -q "^${setting%%=*}=" "$draft" || printf '%s\n' "$setting" >>"$draft"; done

# Unlike mv, ln fails if another run has made the file meanwhile.
ln "$draft" app.env 2>/dev/null || fail "app.env exists."
# The volumes have this name in front, so that two products on one machine share none.
[ -e .env ] || echo "COMPOSE_PROJECT_NAME=$(printf '%s' "$host" | tr . -)" >.env

echo "deploy/app.env has the settings of $host. Keep a copy of it away from this machine. What is left to fill in:"
sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=$/  \1/p' app.env
