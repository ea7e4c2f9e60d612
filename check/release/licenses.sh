#!/usr/bin/env bash
# Collects the licence texts of what the program is built from, on every platform:
# most of them ask to be passed on with it. A module without one is an error.
#
#   licenses.sh FILE
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p "$(dirname "$1")"

# add NAME FOLDER prints each text in the folder under a line with its name.
add() {
  local text found=
  for text in "$2"/*; do
    [[ -f $text && ${text##*/} =~ ^(LICEN[CS]E|COPYING|NOTICE|licen[cs]e|Licen[cs]e)([-.].*)?$ ]] || continue
    found=yes
    printf '==== %s: %s ====\n\n%s\n\n' "$1" "${text##*/}" "$(cat "$text")"
  done
  [ -n "$found" ] || { echo "licence of $1: there is none in $2" >&2 && exit 1; }
}

{
  add "Go $(go env GOVERSION)" "$(go env GOROOT)"
  for system in linux darwin windows; do
    GOOS=$system go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}|{{.Dir}}{{end}}{{end}}' ./cmd/posthog-mcp
  done | sort -u | while IFS='|' read -r name folder; do add "$name" "$folder"; done
} >"$1"
