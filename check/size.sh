#!/usr/bin/env bash
# Says how large the product is, and what of.
#
#   size.sh PROGRAM    the program as it is released; one with its symbols is
#                      built beside it
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1

# sources [FOLDER] lists the files of Go without tests, of the product or below
# the folder.
sources() { git ls-files "${1:-.}" | grep '\.go$' | grep -v '_test\.go$' | { [ -n "${1:-}" ] && cat || grep -v '^check/'; }; }
count() { xargs -r cat | wc -l; }

echo "lines of Go without tests, by folder"
sources | xargs wc -l | awk '$2 != "total" { folder = $2; sub(/\/[^\/]*$/, "", folder); lines[folder] += $1 }
  END { for (folder in lines) printf "%7d  %s\n", lines[folder], folder }' | sort -k2
printf '%7d  in all\n%7d  in check, a module of its own\n' "$(sources | count)" "$(sources check | count)"
printf '%7d  of tests, and %d in check\n' "$(git ls-files | grep '_test\.go$' | grep -v '^check/' | count)" "$(git ls-files check | grep '_test\.go$' | count)"

echo "longest functions"
sources | xargs awk 'FNR == 1 { name = "" } /^func / { name = $0; sub(/^func (\([^)]*\) )?/, "", name); sub(/[(\[].*/, "", name); from = FNR }
  /^}/ && name != "" { printf "%7d  %s in %s\n", FNR - from + 1, name, FILENAME; name = "" }' | sort -rn | sed -n 1,3p

echo "packages and modules"
printf '%7d  packages\n' "$(go list ./... | wc -l)"
printf '%7d  direct requirements, %d indirect\n' "$(go list -m -f '{{if not (or .Main .Indirect)}}x{{end}}' all | grep -c x)" "$(grep -c '// indirect' go.mod)"
printf '%7d  modules in the program\n' "$(go version -m "$program" | grep -c '^	dep')"

echo "program"
printf '%7.1f MB  in all\n' "$(wc -c <"$program" | awk '{ print $1 / 1e6 }')"
go build -o "$program.symbols" ./cmd/posthog-mcp
go tool nm -size -sort size "$program.symbols" | awk '$3 ~ /^[TtRr]$/ { size = $2; name = $4; for (i = 5; i <= NF; i++) name = name " " $i
    if (name ~ /^(type|go):/) name = "types and strings of all"
    sub(/\.[^\/.]*$/, "", name); sub(/\.\(.*/, "", name); sub(/\[.*/, "", name); sub(/(\.[^\/]*)$/, "", name); sizes[name] += size; all += size }
  END { printf "%7.1f MB  of that code and constants\n", all / 1e6; for (name in sizes) printf "%7.1f MB  %s\n", sizes[name] / 1e6, name | "sort -rn | sed -n 1,12p" }'
