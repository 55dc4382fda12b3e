#!/usr/bin/env bash
# Until the first release the template has exactly two migrations: Initial, and AddTickets, which --sample false omits.
# This script creates both again from the model, and the model snapshot of a project without the sample.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
migrations=src/Infrastructure/Database/Migrations
overlay=$root/.template.config/overlays/without-sample/$migrations
add() { dotnet ef migrations add "$1" --project src --output-dir "${migrations#src/}"; }

rm -rf "$root/template/$migrations"
mkdir -p "$overlay"
rm -f "$overlay"/*.cs

dotnet new install "$root" --force --debug:custom-hive "$work/hive"
dotnet new prodready-api -n ProdReady -o "$work/app" --sample false --debug:custom-hive "$work/hive"

cd "$work/app"
dotnet tool restore && dotnet restore
add Initial
mkdir -p "$root/template/$migrations"
cp $migrations/*.cs "$root/template/$migrations/"
cp $migrations/AppDbContextModelSnapshot.cs "$overlay/"

cd "$root/template"
dotnet tool restore && dotnet restore
add AddTickets
