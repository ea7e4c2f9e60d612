#!/usr/bin/env bash
# Connects the real command lines of clients, from npm, to the built binary, as
# `posthog-mcp config` says: over stdio and over HTTP, on the sandbox, in a home that
# is thrown away. Codex and Copilot list their servers without connecting. Gemini
# makes a call, too: the model is model.mjs, on loopback.
#
#   real.sh BINARY CACHE    CACHE keeps the npm packages
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "$2"
cache=$(cd "$2" && pwd)
die() { echo "clients: $*" >&2 && exit 1; }

command -v npm >/dev/null || die "needs npm"
npm install --prefix "$cache" --no-audit --no-fund --silent @anthropic-ai/claude-code @google/gemini-cli \
  @qwen-code/qwen-code opencode-ai @openai/codex @github/copilot ||
  die "npm could not be reached; the real clients were not tried"
PATH=$cache/node_modules/.bin:$(dirname "$binary"):$PATH

home=$(mktemp -d)
server= model=
trap 'kill $server $model 2>/dev/null || true; rm -rf "$home"' EXIT
export HOME=$home
mkdir "$home/work" "$home/.gemini"
cd "$home/work"
# Gemini starts servers in trusted folders only.
printf '{"%s":"TRUST_FOLDER"}\n' "$home/work" >"$home/.gemini/trustedFolders.json"

printf '{"security":{"auth":{"selectedType":"gemini-api-key"}}}\n' >"$home/.gemini/settings.json"

# Every caller brings a key, so that a client that does not expand its reference to
# the key is refused.
posthog-mcp http --sandbox --auth passthrough --addr 127.0.0.1:0 --log-format json 2>"$home/log" &
server=$!
for _ in $(seq 100); do
  url=$(sed -n 's/.*"mcp":"\([^"]*\)".*/\1/p' "$home/log")
  [ -n "$url" ] && break
  sleep 0.1
done
[ -n "$url" ] || die "the server did not start: $(cat "$home/log")"

# check CLIENT BINARY CONNECTED NAME FLAGS... adds the server in the client's own way, or
# in its file, and looks for the line CONNECTED in the client's list of servers.
check() {
  local client=$1 program=$2 connected=${3//NAME/$4} name=$4 said
  shift 4
  if posthog-mcp config "$client" --print command --name "$name" "$@" >"$home/command" 2>/dev/null; then
    eval "$(cat "$home/command")" >"$home/said" 2>&1 || die "$client, $name: $(cat "$home/said")"
  else
    posthog-mcp config "$client" --write --name "$name" "$@" >"$home/said" 2>&1 || die "$client, $name: $(cat "$home/said")"
  fi
  said=$(NO_COLOR=1 "$program" mcp list 2>&1 | sed 's/\x1b\[[0-9;]*m//g') || die "$client, $name: $said"
  grep -Eq "$connected" <<<"$said" || die "$client, $name is not connected: $said"
  echo "ok    $client, $name"
}

export POSTHOG_PERSONAL_API_KEY=phx_sandbox_all_scopes_000000000001
while read -r client program connected; do
  echo "      $client $("$program" --version 2>&1 | grep -Eom1 '[0-9]+(\.[0-9]+)+')"
  check "$client" "$program" "$connected" stdio --sandbox </dev/null
  check "$client" "$program" "$connected" http --http "$url" </dev/null
  # People write the address with a slash at its end; no client may be sent elsewhere.
  check "$client" "$program" "$connected" slash --http "$url/" </dev/null
done <<'CLIENTS'
claude-code claude ^[^A-Za-z]*NAME: .*[^a-z]Connected
gemini gemini ^[^A-Za-z]*NAME: .*[^a-z]Connected
qwen-code qwen ^[^A-Za-z]*NAME: .*[^a-z]Connected
opencode opencode ✓ NAME connected
codex codex ^NAME .* enabled
copilot-cli copilot ^ *NAME \(
CLIENTS

# ask NAME ARGUMENTS has Gemini change a subscription through that server;
# $home/answer is then what its model got to read.
ask() {
  rm -f "$home/port" "$home/answer"
  node "$here/model.mjs" "$home" "mcp_$1_subscriptions-partial-update" "$2" &
  model=$!
  for _ in $(seq 100); do [ -s "$home/port" ] && break || sleep 0.1; done
  GEMINI_API_KEY=none GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$(cat "$home/port") \
    timeout 120 gemini -m gemini-2.5-flash -p "Clear the title." --yolo --allowed-mcp-server-names "$1" >"$home/said" 2>&1 ||
    die "gemini, $1: $(cat "$home/answer" "$home/said")"
  kill "$model"
  wait "$model" 2>/dev/null || true
  model=
}

# A field that null clears is cleared by name, since the client takes no null
# against the schema; what hosts add and objects as text do no harm.
for name in stdio http; do
  ask "$name" '{"id":1101,"clear":["title"],"wait_for_previous":true}'
  grep -q '\\"id\\":1101' "$home/answer" && ! grep -q '\\"title\\"' "$home/answer" ||
    die "gemini, $name: the title is not cleared: $(cat "$home/answer")"
  echo "ok    gemini, $name, a call"
done
