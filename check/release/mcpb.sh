#!/usr/bin/env bash
# Makes the bundle that desktop clients install, has MCPB's own tool look at it, and
# starts the server in it as a client does.
#
#   mcpb.sh OUT EPOCH CACHE    PATH leads to goreleaser; needs npm; CACHE keeps
#                              MCPB's tool
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
rm -rf "$1" && mkdir -p "$1" "$3"
made=$(cd "$1" && pwd) cache=$(cd "$3" && pwd)
package=@anthropic-ai/mcpb@2.1.2
tool=$cache/node_modules/@anthropic-ai/mcpb/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() { echo "mcpb: $*" >&2 && exit 1; }
# quietly COMMAND... shows what a command says only if it fails.
quietly() { "$@" >"$work/said" 2>&1 </dev/null || { cat "$work/said" >&2 && die "failed: $*"; }; }
mcpb() { quietly node "$tool/cli/cli.js" "$@"; }

command -v npm >/dev/null || die "Node.js 20 or newer is needed, with npm"
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$package" ]; then
  echo '{"private": true}' >"$cache/package.json"
  quietly npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund "$package"
  echo "$package" >"$cache/installed"
fi
bash "$here/goreleaser.sh" build
[ -f bin/THIRD_PARTY_LICENSES ] || bash "$here/licenses.sh" bin/THIRD_PARTY_LICENSES
version=$(node -p 'JSON.parse(fs.readFileSync("bin/goreleaser/metadata.json")).version')
node "$here/pack.mjs" "$version" "$2" "$made" "$cache"

# The tool's own archive is another one, and has to be the same to the tool.
mcpb validate "$made/bundle/manifest.json"
mcpb pack "$made/bundle" "$work/theirs.mcpb"
for bundle in "$made"/*.mcpb "$work/theirs.mcpb"; do
  mcpb unpack "$bundle" "$work/unpacked"
  diff -r "$made/bundle" "$work/unpacked" || die "$bundle unpacks to other files"
  (cd "$work/unpacked" && find . -type f -perm -u=x | sort) >"$work/may-run"
  (cd "$made/bundle" && find ./server -type f | sort) | diff - "$work/may-run" || die "$bundle: not just the programs can be run"
  node "$here/start.mjs" "$tool" "$work/unpacked" || die "$bundle: the server in it does not start"
  rm -rf "$work/unpacked"
done
(cd "$made" && sha256sum -- *.mcpb >SHA256SUMS && ls -sh -- *.mcpb)
