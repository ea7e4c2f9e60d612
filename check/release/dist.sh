#!/usr/bin/env bash
# Makes what people download, twice: the second time from a copy of the sources in
# another folder. Both have to be the same to the byte.
#
#   dist.sh OUT [again]    again: the second time nothing that was compiled is
#                          used, not even of Go's library (takes minutes)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
copy=$(mktemp -d)
trap 'chmod -R u+w "$copy" && rm -rf "$copy"' EXIT

bash "$here/goreleaser.sh" release
git ls-files -coz --exclude-standard | tar --null -T - -c | tar -x -C "$copy"
(
  GIT_DIR=$(git rev-parse --absolute-git-dir)
  export GIT_DIR
  [ "${2:-}" != again ] || export GOCACHE="$copy/.cache/go"
  cd "$copy" && bash "$here/goreleaser.sh" release
)

rm -rf "$1" && mkdir -p "$1"
manifests=$(find bin/goreleaser/{homebrew,scoop,winget} -type f)
made=$(ls bin/goreleaser/*.{tar.gz,zip,deb,rpm,cdx.json} bin/goreleaser/SHA256SUMS)
for file in $made; do
  cmp "$file" "$copy/$file"
done
cp $made $manifests "$1" # goreleaser writes the manifests in any order of the platforms
bash "$here/install.sh" "$1"
(cd "$1" && sha256sum --check --quiet SHA256SUMS && ls -sh)
