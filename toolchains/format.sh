#!/bin/sh
# Formats the C++ sources with clang-format (.clang-format), or with --check says which files differ.
# Only Debian 12's version (14) counts: others format differently.
set -eu
. "$(dirname -- "$0")/lib.sh"
cd "$root"

tool=$(command -v clang-format-14 || command -v clang-format) || die "clang-format is missing (Debian: clang-format)"
files() { find core native wasm tests -name '*.h' -o -name '*.cc' | grep -v '/node_modules/' | sort; }
if [ "${1:-}" = --check ]; then
  # One process per group of files, on every core; each prints the first place that differs of each file.
  files | xargs -P "$jobs" -n 16 "$tool" --dry-run -Werror --ferror-limit=1 || die "run: sh toolchains/format.sh"
  note "$(files | wc -l) files are formatted"
else
  files | xargs -P "$jobs" -n 16 "$tool" -i
fi
