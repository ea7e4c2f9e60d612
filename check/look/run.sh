#!/usr/bin/env bash
# Opens the server's page in a headless Chromium and uses it; see look.mjs.
#
#   run.sh PROGRAM PICTURES [CACHE]    CACHE keeps the npm packages;
#                                      .cache/look by default
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${3:-$here/../../.cache/look}"
cache=$(cd "${3:-$here/../../.cache/look}" && pwd)
packages="playwright-core@1.65.1 axe-core@4.14.1"

for needed in chromium node npm; do
  command -v "$needed" >/dev/null || { echo "look: $needed is needed (Debian's package has the same name; for node, nodejs)" >&2 && exit 1; }
done
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$packages" ]; then
  echo '{"private": true}' >"$cache/package.json"
  # shellcheck disable=SC2086 # a list of packages
  npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund $packages
  echo "$packages" >"$cache/installed"
fi
exec node "$here/look.mjs" "$1" "$2" "$cache"
