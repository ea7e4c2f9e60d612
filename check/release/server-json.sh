#!/usr/bin/env bash
# Writes what the MCP registry is told of a release: deploy/server.json with the
# release's own names, version and checksum.
#
#   server-json.sh BIN NAME    BIN has what dist, mcpb, image and npm made; the
#                              Makefile sets PUBLISHER and RELEASES
set -euo pipefail
bundle=$(ls "$1"/mcpb/*.mcpb)
image=$(ls "$1"/image/*_linux_amd64.image.tar)
tag=${image#*posthog-mcp_} tag=${tag%_linux_amd64.image.tar}
mkdir -p "$1/registry"
sed -e "s|com\.example/posthog-mcp|$2|" \
  -e "s|ghcr\.io/example/posthog-mcp:0\.0\.0|ghcr.io/$PUBLISHER/posthog-mcp:$tag|" \
  -e "s|https://example\.com/posthog-mcp\.mcpb|${RELEASES:-https://posthog-mcp.invalid}/v${tag#v}/$(basename "$bundle")|" \
  -e "s|\"0\{64\}\"|\"$(sha256sum "$bundle" | cut -d' ' -f1)\"|" \
  -e "s|\"0\.0\.0\"|\"${tag#v}\"|" deploy/server.json >"$1/registry/server.json"
if grep -nE 'com\.example|example\.com/|io/example|0\.0\.0|0{64}' "$1/registry/server.json"; then
  echo "server.json still has a placeholder" >&2
  exit 1
fi
echo "server.json: $(grep -c registryType "$1/registry/server.json") packages"
