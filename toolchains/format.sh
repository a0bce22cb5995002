#!/bin/sh
# Formats the C++ sources with clang-format (.clang-format), or with --check names the files that differ.
# Only Debian 12's version (14) counts: others format differently.
set -eu
. "$(dirname -- "$0")/lib.sh"
cd "$root"

tool=$(command -v clang-format-14 || command -v clang-format) || die "clang-format is missing (Debian: clang-format)"
files() { find core native wasm tests -name '*.h' -o -name '*.cc' | sort; }
if [ "${1:-}" = --check ]; then
  differ=$(files | xargs -P "$jobs" -n 16 sh -c '
    tool=$1; shift
    for file in "$@"; do "$tool" "$file" | cmp -s - "$file" || echo "$file"; done' sh "$tool")
  [ -z "$differ" ] || die "not formatted (run: sh toolchains/format.sh):
$differ"
  note "$(files | wc -l) files are formatted"
else
  files | xargs -P "$jobs" -n 16 "$tool" -i
fi
