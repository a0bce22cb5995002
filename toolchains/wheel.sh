#!/bin/sh
# Makes the release build and from it a wheel in build/wheel: `pip install` of it gives the Python package and the
# command `modelexport`, without libtorch (see make_wheel.py).
set -eu
. "$(dirname -- "$0")/lib.sh"
cd "$root"

sh toolchains/build.sh --native
say "Making the wheel"
python3 toolchains/make_wheel.py build build/wheel
