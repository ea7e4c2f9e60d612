#!/usr/bin/env bash
# Runs goreleaser without publishing: as a release where the commit has a tag and
# nothing is changed, else as a snapshot. What is made is in bin/goreleaser.
#
#   goreleaser.sh build|release    PATH leads to goreleaser and cyclonedx-gomod;
#                                  the Makefile sets PUBLISHER and RELEASES
set -euo pipefail
options=(--clean --config "${CONFIG:-.goreleaser.yaml}")
if [ -n "$(git status --porcelain)" ] || ! git describe --exact-match --tags HEAD >/dev/null 2>&1; then
  options+=(--snapshot)
elif [ "$1" = release ]; then
  options+=(--skip=publish)
fi
# A clone without a remote has no version for goreleaser, nor a date.
git ls-remote --get-url >/dev/null 2>&1 || export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
goreleaser "$1" "${options[@]}" >"$said" 2>&1 || { cat "$said" >&2 && exit 1; }
