#!/bin/sh
# Prepares the third-party code of the WebAssembly build: protobuf-lite and zlib compiled by Emscripten from
# Debian's source packages (the versions of the installed -dev packages), and the header-only libraries.
# Prints the resulting directory as the last line. Kept outside the build tree, made once per combination of
# versions; appears atomically.
set -eu
. "$(dirname -- "$0")/lib.sh"

source_version() { dpkg-query -W -f '${source:Version}' "$1"; }
if [ -z "${MODELEXPORT_WASM_DEPS:-}" ]; then
  protobuf=$(source_version libprotobuf-dev)
  zlib=$(source_version zlib1g-dev)
  emscripten=$(emcc --version | head -n 1)
  MODELEXPORT_WASM_DEPS=$cache/wasm-$(hash_of "$0" "$protobuf" "$zlib" "$emscripten")
fi
if [ -d "$MODELEXPORT_WASM_DEPS/lib" ]; then
  echo "$MODELEXPORT_WASM_DEPS"
  exit 0
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/wasm-making.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM HUP

# The machine's own Debian suites, with source packages, in a private list and a private state directory:
# the system's apt configuration stays as it is.
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
private_sources() {
  mkdir -p "$work/apt/sources.list.d" "$work/apt/lists/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    # One paragraph per entry; only those whose first suite is this Debian release.
    awk -v RS= -v ORS='\n\n' -v suite="$codename" '
      $0 ~ ("(^|\n)Suites:[ \t]*" suite) { gsub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src"); print }' "$file" \
      >"$work/apt/sources.list.d/$(basename "$file")"
  done
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null \
    | awk -v suite="$codename" '$1 == "deb" && $0 ~ (" " suite) { $1 = "deb-src"; print }' >"$work/apt/sources.list"
}
apt_private() {
  apt-get -q -o Dir::Etc::SourceList="$work/apt/sources.list" \
    -o Dir::Etc::SourceParts="$work/apt/sources.list.d" -o Dir::State::Lists="$work/apt/lists" \
    -o APT::Sandbox::User=root "$@" </dev/null
}
# fetch_source PACKAGE VERSION: unpacks into $work/PACKAGE
fetch_source() {
  (
    cd "$work"
    apt_private source --download-only "$1=$2" || apt_private source --download-only "$1"
    dpkg-source --no-check -x "$1"_*.dsc "$1"
  ) || die "Debian's source package $1 ($2) could not be fetched"
}

{
  say "Compiling protobuf-lite $protobuf and zlib $zlib for WebAssembly (once)"
  private_sources
  apt_private update || note "apt-get update reported errors; trying the source packages anyway"
  fetch_source protobuf "$protobuf"
  fetch_source zlib "$zlib"

  out=$work/out
  mkdir -p "$out/include" "$out/lib" "$work/objects"
  cp -r /usr/include/nlohmann "$out/include/"
  mkdir -p "$out/include/tl"
  cp -rL /usr/include/tl/. "$out/include/tl/"

  # The lite runtime's sources are those that protobuf's own CMake file lists.
  sources=$(sed -n 's|^ *${protobuf_SOURCE_DIR}/\(src/google/protobuf/.*\.cc\)$|\1|p' \
    "$work/protobuf/cmake/libprotobuf-lite.cmake" | sort -u)
  [ -n "$sources" ] || die "protobuf's list of lite sources was not understood"
  flags="-O2 -fno-rtti -ffp-contract=off -w"
  # $0 and the arguments keep the quoting out of xargs.
  for source in $sources; do echo "$source"; done | xargs -P "$jobs" -I '{}' sh -c '
    object=$2/objects/pb_$(echo "$1" | tr "/" "_").o
    em++ -std=c++17 $3 -DHAVE_ZLIB=0 -I "$2/protobuf/src" -c "$2/protobuf/$1" -o "$object"' sh '{}' "$work" "$flags"
  emar rcs "$out/lib/libprotobuf-lite.a" "$work"/objects/pb_*.o
  (cd "$work/protobuf/src" && find google/protobuf \( -name '*.h' -o -name '*.inc' \) ! -path '*/compiler/*' \
    ! -path '*/testing/*' -exec sh -c 'mkdir -p "$1/$(dirname "$2")" && cp "$2" "$1/$2"' sh "$out/include" '{}' \;)

  for name in adler32 crc32 deflate infback inffast inflate inftrees trees zutil compress uncompr; do
    echo "$name"
  done | xargs -P "$jobs" -I '{}' emcc -O2 -w -c "$work/zlib/{}.c" -o "$work/objects/z_{}.o"
  emar rcs "$out/lib/libz.a" "$work"/objects/z_*.o
  cp "$work/zlib/zlib.h" "$work/zlib/zconf.h" "$out/include/"
} >&2

# Another run may have been faster; either result is good.
mv -T "$out" "$MODELEXPORT_WASM_DEPS" 2>/dev/null || [ -d "$MODELEXPORT_WASM_DEPS/lib" ] \
  || die "cannot create $MODELEXPORT_WASM_DEPS"
echo "$MODELEXPORT_WASM_DEPS"
