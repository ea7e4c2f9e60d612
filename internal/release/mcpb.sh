#!/usr/bin/env bash
# Has MCPB's own tool look at the bundle, and starts the server in it as a
# desktop client does.
#
#   mcpb.sh MADE [CACHE]    MADE is what `release mcpb` wrote; CACHE keeps the
#                           tool, .cache/mcpb by default
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
made=$(cd "$1" && pwd)
mkdir -p "${2:-$here/../../.cache/mcpb}"
cache=$(cd "${2:-$here/../../.cache/mcpb}" && pwd)
package=@anthropic-ai/mcpb@2.1.2
tool=$cache/node_modules/@anthropic-ai/mcpb/dist

die() { echo "mcpb: $*" >&2 && exit 1; }
# bounded SECONDS COMMAND... ends a command that takes too long, where the
# machine has timeout (macOS has not): without a network npm waits for minutes.
bounded() {
  if command -v timeout >/dev/null; then
    timeout -k 5 "$@"
  else
    shift && "$@"
  fi
}
# quietly COMMAND... shows what a command says only if it fails.
quietly() { "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2 && die "failed: $*"; }; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v node >/dev/null || die "the bundle is made but not checked: Node.js 20 or newer is needed"
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$package" ]; then
  command -v npm >/dev/null || die "the bundle is made but not checked: npm is needed"
  echo '{"private": true}' >"$cache/package.json"
  bounded 120 npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund "$package" >"$work/said" 2>&1 ||
    { cat "$work/said" >&2; die "the bundle is made but not checked: npm's registry did not give $package"; }
  echo "$package" >"$cache/installed"
fi
mcpb() { quietly node "$tool/cli/cli.js" "$@" </dev/null; }

bundles=("$made"/*.mcpb)
[ "${#bundles[@]}" = 1 ] || die "expected one bundle in $made"
# The tool's own archive holds the time of day, so ours is another one, and has
# to be the same to the tool.
mcpb validate "$made/bundle/manifest.json"
mcpb pack "$made/bundle" "$work/theirs.mcpb"
for bundle in "${bundles[0]}" "$work/theirs.mcpb"; do
  mcpb unpack "$bundle" "$work/unpacked"
  diff -r "$made/bundle" "$work/unpacked" || die "$bundle unpacks to other files"
  (cd "$work/unpacked" && find . -type f -perm -u=x | sort) >"$work/may-run"
  (cd "$made/bundle" && find server -type f | sed 's|^|./|' | sort) | diff - "$work/may-run" || die "$bundle: not just the programs can be run"
  node "$here/start.mjs" "$tool" "$work/unpacked" || die "$bundle: the server in it does not start"
  rm -rf "$work/unpacked"
done
echo "ok    validated, packed, unpacked and started with $package"
