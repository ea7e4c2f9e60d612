#!/usr/bin/env bash
# Opens the server's page in a headless Chromium and uses it; see main.go.
#
#   run.sh PROGRAM PICTURES [CACHE]    CACHE keeps axe-core, from npm;
#                                      .cache/look by default
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
program=$1 pictures=$2
mkdir -p "${3:-$root/.cache/look}"
cache=$(cd "${3:-$root/.cache/look}" && pwd)
package=axe-core@4.11.0
axe=$cache/node_modules/axe-core/axe.min.js

command -v chromium >/dev/null || { echo "look: Chromium is needed (Debian's package is chromium)" >&2 && exit 1; }
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$package" ] && command -v npm >/dev/null; then
  echo '{"private": true}' >"$cache/package.json"
  npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund "$package" >"$cache/said" 2>&1 &&
    echo "$package" >"$cache/installed" || cat "$cache/said" >&2
fi
[ -f "$axe" ] || axe=
go -C "$root" build -o "$cache/look" ./internal/look
exec "$cache/look" -product "$program" -out "$pictures" -axe "$axe"
