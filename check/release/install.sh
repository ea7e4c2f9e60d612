#!/usr/bin/env bash
# Installs what dist made as people do, each in a folder of its own, and starts the
# server in it: the archive, the packages of Debian and Fedora. The manifests of
# Homebrew, Scoop and winget are read, and must name the files with their checksums.
#
#   install.sh DIST    needs dpkg-deb; rpm2cpio and cpio, or rpm, for Fedora's
set -euo pipefail
dist=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
die() { echo "install: $*" >&2 && exit 1; }
arch=$(go env GOARCH)
hello='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"release","version":"1"}}}'

# started PROGRAM WHAT
started() {
  echo "$hello" | "$1" stdio --sandbox 2>/dev/null | grep -q '"protocolVersion":"2025-11-25"' || die "$2: the server in it does not start"
  echo "$2: $("$1" version)"
}
one() { ls "$dist"/$1 | head -1; }

mkdir "$work/archive" "$work/deb" "$work/rpm"
tar -xzf "$(one "*_linux_$arch.tar.gz")" -C "$work/archive"
started "$work/archive/posthog-mcp" archive
if [ "$(id -u)" = 0 ]; then
  # dpkg keeps its records in the new root, so that this machine has nothing of it.
  mkdir -p "$work"/deb/var/lib/dpkg/{info,updates,triggers} && touch "$work"/deb/var/lib/dpkg/{status,available}
  dpkg --root="$work/deb" --force-not-root --force-script-chrootless -i "$(one "*_linux_$arch.deb")" >/dev/null
else
  dpkg-deb -x "$(one "*_linux_$arch.deb")" "$work/deb"
fi
started "$work/deb/usr/bin/posthog-mcp" deb
if command -v rpm2cpio >/dev/null && command -v cpio >/dev/null; then
  (cd "$work/rpm" && rpm2cpio "$(one "*_linux_$arch.rpm")" | cpio -id --quiet)
elif command -v rpm >/dev/null; then
  rpm --root "$work/rpm" --dbpath /db --nodeps --noscripts --ignorearch --nosignature -i "$(one "*_linux_$arch.rpm")" 2>/dev/null
fi
[ ! -d "$work/rpm/usr" ] || started "$work/rpm/usr/bin/posthog-mcp" rpm

for manifest in "$dist"/*.rb "$dist"/*.json "$dist"/*.installer.yaml; do
  [[ $manifest != *.cdx.json ]] || continue
  files=$(grep -oE 'posthog-mcp_[^"/ ]+\.(tar\.gz|zip)' "$manifest" | sort -u)
  [ -n "$files" ] || die "$manifest names no file"
  for file in $files; do
    sum=$(sha256sum "$dist/$file" | cut -d' ' -f1)
    grep -qi "$sum" "$manifest" || die "$manifest has another checksum of $file"
  done
  echo "$(basename "$manifest"): $(wc -w <<<"$files") files"
done
