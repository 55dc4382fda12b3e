#!/bin/sh
# Names the image of a commit, from the variables that GitHub sets in every run:
#
#   name=ghcr.io/acme/shop    the repository, in lower case, as registries want it
#   tag=1.2.3                 of a tag v1.2.3; of a branch the commit
#   version=1.2.3             of a tag v1.2.3; of a branch empty
set -eu

version=
[ "$GITHUB_REF_TYPE" != tag ] || version=${GITHUB_REF_NAME#v}
case $version in
  *[!A-Za-z0-9.-]*)
    echo "image-name: the tag $GITHUB_REF_NAME is no version such as v1.2.3 or v1.2.3-rc.1." >&2
    exit 1
    ;;
esac
echo "name=ghcr.io/$(printf %s "$GITHUB_REPOSITORY" | tr '[:upper:]' '[:lower:]')"
echo "tag=${version:-$GITHUB_SHA}"
echo "version=$version"
