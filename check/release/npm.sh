#!/usr/bin/env bash
# Makes the npm packages, and installs and runs them as people do, from a registry
# on this machine that has nothing else.
#
#   npm.sh OUT NAME    NAME is the server's in the MCP registry; PATH leads to
#                      goreleaser; needs npm
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
rm -rf "$1" && mkdir -p "$1"
made=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
die() { echo "npm: $*" >&2 && exit 1; }

command -v npm >/dev/null || die "Node.js 18 or newer is needed, with npm"
bash "$here/goreleaser.sh" build
[ -f bin/THIRD_PARTY_LICENSES ] || bash "$here/licenses.sh" bin/THIRD_PARTY_LICENSES
version=$(node -p 'JSON.parse(fs.readFileSync("bin/goreleaser/metadata.json")).version')
node "$here/npm.mjs" "$version" "$2" "$made"

# with COMMAND... runs it in an empty home, where npm knows that registry alone.
with() {
  mkdir -p "$work/home"
  (cd "$work/home" && env -i PATH="$PATH" HOME="$work/home" npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false \
    node "$here/registry.mjs" "$made" "$@")
}
hello='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"release","version":"1"}}}'
with npx -y "posthog-mcp@$version" version | grep -F "posthog-mcp v$version ("
echo "$hello" | with npx -y posthog-mcp stdio --sandbox 2>/dev/null | grep -q '"protocolVersion":"2025-11-25"' || die "npx does not start the server"

with npm install --silent posthog-mcp
installed=$(ls "$work/home/node_modules/@posthog-mcp")
[ "$installed" = "$(node -p 'process.platform+"-"+process.arch')" ] || die "npm installed $installed"
posthog=$work/home/node_modules/.bin/posthog-mcp
code=0 && "$posthog" no-such-command 2>/dev/null || code=$?
[ "$code" = 2 ] || die "exit code $code, and the program's is 2"

# The launcher passes on the signal that ends it, and is not outlived.
mkfifo "$work/input"
"$posthog" stdio --sandbox <"$work/input" >"$work/output" 2>/dev/null &
launcher=$!
exec 3>"$work/input"
echo "$hello" >&3
for _ in {1..100}; do [ ! -s "$work/output" ] || break; sleep 0.1; done
program=$(pgrep -P $launcher)
kill -TERM $launcher && wait $launcher || true
! kill -0 "$program" 2>/dev/null || die "the program outlives its launcher"
exec 3>&-

rm -r "$work/home/node_modules/@posthog-mcp"
"$posthog" version 2>"$work/said" && die "it starts without a program"
grep -q "is missing; install again" "$work/said" || die "it says: $(cat "$work/said")"
(cd "$made" && sha256sum -- *.tgz >SHA256SUMS && ls -sh -- *.tgz)
