#!/bin/sh
# Installs what is missing, builds everything and runs every test: unit and golden tests natively, the same under
# address and undefined-behaviour sanitizers (without libtorch), the core's unit tests and the module as
# WebAssembly under Node, the page in Chromium, and the interop tests against PyTorch, Optimum and ONNX Runtime.
#
#   sh toolchains/test.sh [PART…]     parts: format native asan wasm web interop (without one: all)
#
# Every part ends with its runner's own summary; the exit code is 1 if any failed.
set -eu
. "$(dirname -- "$0")/lib.sh"
cd "$root"

parts="$*"
[ -n "$parts" ] || parts="format native asan wasm web interop"
wanted() { case " $parts " in *" $1 "*) ;; *) return 1 ;; esac; }
for part in $parts; do
  case $part in
    format | native | asan | wasm | web | interop) ;;
    *) die "unknown part $part (known: format native asan wasm web interop)" ;;
  esac
done

# shellcheck disable=SC2046
need_packages native torch tests $(wanted wasm && echo wasm || true) $(wanted web && echo wasm web || true)

failed=
part_failed() {
  failed="$failed $1"
  printf '\n** %s FAILED\n' "$1"
}

# The environment of the interop tests comes over the network while this machine compiles.
venv_job=
if wanted interop; then
  mkdir -p build
  interop_python >build/interop-python.txt 2>build/interop-python.log &
  venv_job=$!
fi

if wanted format; then
  say "Format of the C++ sources"
  sh toolchains/format.sh --check || part_failed format
fi

# run_ctest PRESET
run_ctest() { ctest --preset "$1" --parallel "$jobs" --no-tests=error; }

native_part() {
  MODELEXPORT_TESTS=ON sh toolchains/build.sh --native && say "Native tests" && run_ctest release
}
asan_part() {
  say "Building with address and undefined-behaviour sanitizers"
  configure asan && build asan && say "Tests under sanitizers" && run_ctest asan
}
wasm_part() {
  MODELEXPORT_TESTS=ON sh toolchains/build.sh --wasm && say "WebAssembly tests under Node" && run_ctest wasm
}
web_part() {
  MODELEXPORT_TESTS=ON sh toolchains/build.sh --web && runtimes=$(interop_node) && say "The page in Chromium" &&
    (cd web && MODELEXPORT_NODE_MODULES="$runtimes" npm run --silent test)
}
interop_part() {
  wait "$venv_job" || {
    cat build/interop-python.log
    return 1
  }
  cat build/interop-python.log
  python=$(cat build/interop-python.txt)
  transformers5=$(interop_transformers5 "$python") || return 1
  node_modules=$(interop_node) || return 1
  say "Interop tests (PyTorch, Optimum, ONNX Runtime)"
  # As a user has it: the environment active, the Hub not reachable.
  env PATH="$(dirname "$python"):$PATH" VIRTUAL_ENV="$(dirname "$(dirname "$python")")" HF_HUB_OFFLINE=1 \
    PYTHONPATH="$root/build/python" MODELEXPORT_BIN="$root/build/bin/modelexport" \
    MODELEXPORT_NODE_MODULES="$node_modules" MODELEXPORT_TRANSFORMERS5="$transformers5" \
    "$python" -m pytest tests/interop -q -p no:cacheprovider
}

for part in native asan wasm web; do
  if wanted $part; then ${part}_part || part_failed $part; fi
done
if wanted interop; then
  wanted native || sh toolchains/build.sh --native || part_failed native
  interop_part || part_failed interop
fi

if [ -n "$failed" ]; then
  printf '\nFAILED:%s\n' "$failed"
  exit 1
fi
printf '\nAll parts passed: %s\n' "$parts"
