#!/usr/bin/env bash
# Runs every test of the product whose name has Model in it, over and over for
# TIME. Each run has random numbers of its own.
#
#   models.sh TIME [CHECKS]    TIME as sleep takes it, such as 1m; CHECKS for each
#                              test and run, 500 by default
set -euo pipefail
cd "$(dirname "$0")/../.."
folders=$(grep -rlE --include='*_test.go' --exclude-dir=check '^func Test[A-Za-z0-9]*Model' . | xargs -r -n 1 dirname | sort -u)
[ -n "$folders" ] || { echo "there is no test of a model" && exit 0; }
echo "tests of models in" $folders
sleep "$1" &
trap 'kill $! 2>/dev/null || true' EXIT
runs=0
while kill -0 $! 2>/dev/null; do
  # shellcheck disable=SC2086 # a list of folders
  go test -count=1 -run Model $folders -rapid.checks="${2:-500}"
  runs=$((runs + 1))
done
echo "$runs runs"
