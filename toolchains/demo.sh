#!/bin/sh
# Installs what is missing, builds the command line, exports the bundled TorchScript archive (a tiny BERT classifier)
# to a package and shows what came out. A second run only exports again.
set -eu
. "$(dirname -- "$0")/lib.sh"
cd "$root"

sh toolchains/build.sh --native
modelexport=build/bin/modelexport
model=tests/fixtures/models/bert-seqcls

# Shows a command as the user would type it, then runs it.
run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

say "A TorchScript archive becomes a package that Optimum opens"
rm -rf build/demo
run "$modelexport" export "$model/model.pt" --source "$model" -o build/demo
say "What is in it"
run ls build/demo
run "$modelexport" inspect build/demo/model.onnx
say "Every node knows its module"
run "$modelexport" inspect build/demo/model.onnx --tree
if "$modelexport" check --help >/dev/null 2>&1; then
  say "Does every reader accept it?"
  run "$modelexport" check build/demo
fi
say "Done: the package is in build/demo"
