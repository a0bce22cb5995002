# Shared by the scripts of this directory (source it; POSIX sh): what they say, which packages a task needs,
# and where things are kept between runs.

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/modelexport-dev
jobs=$(nproc 2>/dev/null || echo 2)

# Compilation results are kept between builds; another directory is the user's choice.
# Checkouts share them: neither the directory nor paths below it are part of what identifies a compilation.
CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
CCACHE_NOHASHDIR=1
CCACHE_BASEDIR=$root
export CCACHE_MAXSIZE CCACHE_NOHASHDIR CCACHE_BASEDIR

say() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Debian 12 packages per task; the one list of what modelexport is built and tested with.
packages_for() {
  case $1 in
    native) echo "cmake ninja-build g++ ccache python3 protobuf-compiler libprotobuf-dev nlohmann-json3-dev
                  libexpected-dev libcli11-dev zlib1g-dev libcurl4-openssl-dev python3-dev pybind11-dev" ;;
    torch) echo "libtorch-dev libopenblas0-pthread" ;;
    wasm) echo "cmake ninja-build ccache emscripten nodejs node-acorn protobuf-compiler libprotobuf-dev zlib1g-dev
                nlohmann-json3-dev libexpected-dev dpkg-dev ca-certificates" ;;
    tests) echo "libgtest-dev googletest clang-format python3-venv" ;;
    # npm only where there is none: a Node.js from elsewhere brings its own.
    web) echo "chromium fonts-dejavu-core openssl nodejs $(command -v npm >/dev/null || echo npm)" ;;
    benchmarks) echo "libbenchmark-dev" ;;
  esac
}

is_debian_12() {
  [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ])
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need_packages TASK…: installs what is missing of these tasks on Debian 12, says what to do elsewhere.
need_packages() {
  wanted=$(for task in "$@"; do packages_for "$task"; done | tr -s ' \n' '\n\n' | sort -u)
  if [ -n "${MODELEXPORT_SKIP_PACKAGES:-}" ]; then
    note "MODELEXPORT_SKIP_PACKAGES is set: packages are not looked at"
    return
  fi
  if ! is_debian_12; then
    say "This is not Debian 12: nothing is installed"
    note "These Debian packages, under your system's names, are needed:"
    note "$(echo $wanted)"
    note "Install them, then run: MODELEXPORT_SKIP_PACKAGES=1 sh $0"
    exit 1
  fi
  missing=
  for package in $wanted; do
    installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "Installing Debian packages:$missing"
  if [ "$(id -u)" != 0 ]; then
    note "Only root can do that. Run: sudo apt-get install$missing"
    exit 1
  fi
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  apt-get -q update </dev/null || note "apt-get update reported errors; going on with the lists that are there"
  # shellcheck disable=SC2086
  apt-get -q install -y --no-install-recommends $missing </dev/null || die "apt-get install failed (see above)"
}

# hash_of FILE_OR_TEXT…: a short name for a combination of inputs.
hash_of() {
  for item in "$@"; do
    if [ -f "$item" ]; then cat "$item"; else printf '%s\n' "$item"; fi
  done | sha256sum | cut -c1-16
}

# configure PRESET [CMAKE OPTION…] and build PRESET, one at a time per preset: two builds in one directory would
# spoil each other. configure is quiet unless it fails.
configure() {
  preset=$1
  shift
  mkdir -p "$root/build"
  log=$root/build/configure-$preset.log
  flock "$root/build/.$preset.lock" cmake -S "$root" --preset "$preset" "$@" >"$log" 2>&1 || {
    cat "$log"
    die "configuring the preset $preset failed"
  }
}
build() { flock "$root/build/.$1.lock" cmake --build "$root/build/cmake/$1" --parallel "$jobs"; }

# web_dependencies: node_modules of the page as its lock file says, installed again only when that changed.
web_dependencies() {
  installed_lock=$root/web/node_modules/.installed
  if [ "$(cat "$installed_lock" 2>/dev/null)" != "$(hash_of "$root/web/package-lock.json")" ]; then
    (cd "$root/web" && npm ci --ignore-scripts --no-audit --no-fund) || die "npm ci failed (see above)"
    hash_of "$root/web/package-lock.json" >"$installed_lock"
  fi
}

# interop_python: creates (once per requirements and Python version) the virtual environment of the interop
# tests and prints its interpreter. A lock makes parallel runs wait; a stamp marks an environment as complete.
interop_python() {
  requirements=$root/toolchains/requirements-interop.txt
  venv=$cache/venv-$(hash_of "$(sed 's/ *#.*//; /^$/d' "$requirements")" "$(python3 -VV)")
  mkdir -p "$cache"
  (
    flock 9
    [ ! -f "$venv/.complete" ] || exit 0
    say "Installing the Python environment of the interop tests (about 6 GB, once) into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off -q \
      -r "$requirements" </dev/null || die "installing the Python environment failed (see above)"
    touch "$venv/.complete"
  ) 9>"$cache/venv.lock" >&2 || return 1
  echo "$venv/bin/python"
}

# interop_transformers5 PYTHON: installs (once per lock file and environment) transformers 5 beside that interpreter's
# own packages and prints the directory that PYTHONPATH has to begin with. Small: torch and the rest are there already.
interop_transformers5() {
  requirements=$root/toolchains/requirements-transformers5.txt
  place=$cache/transformers5-$(hash_of "$requirements" "$1")
  mkdir -p "$cache"
  (
    flock 9
    [ ! -f "$place/.complete" ] || exit 0
    say "Installing transformers 5 for the interop tests (about 150 MB, once) into $place"
    rm -rf "$place"
    "$1" -m pip install --no-input --disable-pip-version-check --progress-bar off -q --no-deps --target "$place" \
      -r "$requirements" </dev/null || die "installing transformers 5 failed (see above)"
    touch "$place/.complete"
  ) 9>"$cache/transformers5.lock" >&2 || return 1
  echo "$place"
}

# interop_node: installs (once per lock file) transformers.js for the interop tests and prints its node_modules;
# nothing if there is no npm. Packages' own scripts are not run: they would download what the tests do not need.
interop_node() {
  manifest=$root/tests/interop/js
  place=$cache/node-$(hash_of "$manifest/package-lock.json" "$(node --version 2>/dev/null)")
  command -v npm >/dev/null 2>&1 || {
    note "npm is missing: what needs transformers.js is skipped" >&2
    return 0
  }
  mkdir -p "$cache"
  (
    flock 9
    [ ! -f "$place/.complete" ] || exit 0
    say "Installing transformers.js for the interop tests (about 500 MB, once) into $place"
    rm -rf "$place"
    mkdir -p "$place"
    cp "$manifest/package.json" "$manifest/package-lock.json" "$place"
    (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --silent </dev/null) || die "npm ci failed (see above)"
    touch "$place/.complete"
  ) 9>"$cache/node.lock" >&2 || return 1
  echo "$place/node_modules"
}
