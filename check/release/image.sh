#!/usr/bin/env bash
# Makes the container image that the Dockerfile describes, without an engine: an
# OCI layout of all its platforms, and for each an archive that engines load.
# crane writes them, and what it wrote is read back and started.
#
#   image.sh OUT TAG REVISION EPOCH NAME    NAME is the server's in the MCP registry,
#                                           which compares it; PATH leads to
#                                           goreleaser and crane; GNU tar
set -euo pipefail
out=$1 tag=${2//+/-} revision=$3 epoch=$4
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
rm -rf "$out" && mkdir -p "$out"

bash "$here/goreleaser.sh" build
crane registry serve --address 127.0.0.1:0 2>"$work/registry" &
for _ in {1..100}; do
  port=$(sed -n 's/.*serving on port \([0-9]*\).*/\1/p' "$work/registry")
  [ -z "$port" ] || break
  sleep 0.1
done
name=127.0.0.1:${port:?crane serves no registry}/posthog-mcp:$tag

# layer FILE TARGET MODE is a layer of one file; the program changes with every
# release, the certificates seldom.
layer() {
  local root
  root=$(mktemp -d -p "$work")
  install -D -m "$3" "$1" "$root/$2" && find "$root" -type d -exec chmod 755 {} +
  (cd "$root" && tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner -c -- *) | gzip -n9
}

go -C check run ./release/roots >"$work/roots"
layer "$work/roots" etc/ssl/certs/ca-certificates.crt 644 >"$work/roots.tar.gz"
images=()
for arch in amd64 arm64; do
  layer bin/goreleaser/posthog-mcp_linux_"$arch"*/posthog-mcp usr/local/bin/posthog-mcp 755 >"$work/program.tar.gz"
  crane append --insecure --oci-empty-base -f "$work/roots.tar.gz" -f "$work/program.tar.gz" -t "$name-$arch" 2>"$work/said" >&2
  crane mutate --insecure "$name-$arch" -t "$name-$arch" --set-platform "linux/$arch" --user 65532:65532 --env PATH=/usr/local/bin \
    --entrypoint /usr/local/bin/posthog-mcp --cmd stdio --label org.opencontainers.image.title=posthog-mcp \
    --label "org.opencontainers.image.description=An MCP server for PostHog's subscriptions, users and recording sharing" \
    --label org.opencontainers.image.licenses=MIT --label "org.opencontainers.image.version=$tag" \
    --label "org.opencontainers.image.revision=$revision" --label "io.modelcontextprotocol.server.name=$5" >/dev/null 2>>"$work/said"
  images+=(-m "$name-$arch")
done
crane index append --insecure "${images[@]}" -t "$name" 2>>"$work/said" >&2 || { cat "$work/said" >&2 && exit 1; }
crane pull --insecure --format=oci "$name" "$out/oci"
crane validate --insecure --remote "$name"
for arch in amd64 arm64; do
  archive=$out/posthog-mcp_${tag}_linux_$arch.image.tar
  # crane names the image after its registry, whose port is another each time.
  mkdir "$work/$arch"
  crane pull --insecure --platform "linux/$arch" "$name" "$work/$arch.tar"
  tar -x -f "$work/$arch.tar" -C "$work/$arch"
  sed -i "s|$name|posthog-mcp:$tag|" "$work/$arch/manifest.json"
  (cd "$work/$arch" && tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --mode=644 -c -- *) >"$archive"
  crane validate --tarball "$archive"
  crane export --insecure --platform "linux/$arch" "$name" - | tar -tv | sed "s|^|$arch  |"
done

# The program of the image, in a file system that is the image's alone; only root
# may change to one.
root=$work/root
mkdir "$root" && crane export --insecure --platform "linux/$(go env GOARCH)" "$name" - | tar -x -C "$root"
if [ "$(id -u)" = 0 ] && [ "$(go env GOOS)" = linux ]; then
  chroot --userspec=65532:65532 "$root" /usr/local/bin/posthog-mcp version
  hello='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"release","version":"1"}}}'
  echo "$hello" | chroot --userspec=65532:65532 "$root" /usr/local/bin/posthog-mcp stdio --sandbox 2>/dev/null | grep -q '"protocolVersion":"2025-11-25"'
fi
(cd "$out" && sha256sum -- *.image.tar >SHA256SUMS && ls -sh)
