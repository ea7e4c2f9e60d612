#!/usr/bin/env bash
# Prints what the MCP registry is told of a release, by the program that is in it.
#
#   server-json.sh BIN NAME    BIN has what dist, mcpb, image and npm made; the
#                              Makefile sets PUBLISHER and RELEASES
set -euo pipefail
bundle=$(ls "$1"/mcpb/*.mcpb)
image=$(ls "$1"/image/*_linux_amd64.image.tar)
tag=${image#*posthog-mcp_} tag=${tag%_linux_amd64.image.tar}
mkdir -p "$1/registry"
"$1"/goreleaser/posthog-mcp_linux_"$(go env GOARCH)"*/posthog-mcp server-json --name "$2" --npm posthog-mcp \
  --image "ghcr.io/$PUBLISHER/posthog-mcp:$tag" \
  --bundle "${RELEASES:-https://posthog-mcp.invalid}/v${tag#v}/$(basename "$bundle")" --checksum "$(sha256sum "$bundle" | cut -d' ' -f1)" >"$1/registry/server.json"
echo "server.json: $(grep -c registryType "$1/registry/server.json") packages"
