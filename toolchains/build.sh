#!/bin/sh
# Makes the release build, dependencies included: the command line with its worker, the Python package and the
# WebAssembly module. Debian 12 with root and its package registries is enough; safe to run again.
#
#   sh toolchains/build.sh [--native] [--wasm] [--web]     (without an option: everything)
set -eu
. "$(dirname -- "$0")/lib.sh"

native= wasm= web=
[ $# -gt 0 ] || set -- --native --wasm --web
for option in "$@"; do
  case $option in
    --native) native=1 ;;
    --wasm) wasm=1 ;;
    --web) web=1 ;;
    *) die "unknown option $option (known: --native --wasm --web)" ;;
  esac
done

# shellcheck disable=SC2046
need_packages $([ -z "$native" ] || echo native torch) $([ -z "$wasm$web" ] || echo wasm) $([ -z "$web" ] || echo web)
cd "$root"

if [ -n "$native" ]; then
  say "Building the command line (build/bin/modelexport)"
  configure release -DMODELEXPORT_TESTS="${MODELEXPORT_TESTS:-OFF}"
  build release
  cmake --install build/cmake/release >/dev/null
fi
if [ -n "$wasm$web" ]; then
  say "Building the WebAssembly module (build/wasm/modelexport.mjs)"
  deps=$(sh toolchains/wasm_dependencies.sh)
  configure wasm -DMODELEXPORT_TESTS="${MODELEXPORT_TESTS:-OFF}" -DMODELEXPORT_WASM_DEPS="$deps"
  build wasm
  cmake --install build/cmake/wasm >/dev/null
fi
if [ -n "$web" ]; then
  say "Building the page (web/dist)"
  web_dependencies
  (cd web && npm run --silent check && npm run --silent build)
  # Where `modelexport view` looks for it.
  rm -rf build/share/modelexport/page
  mkdir -p build/share/modelexport
  cp -R web/dist build/share/modelexport/page
fi
