# The WebAssembly toolchain: Debian's Emscripten, or a newer one named by EMSDK. Test programs run under Node.
if(DEFINED ENV{EMSDK})
  set(root "$ENV{EMSDK}/upstream/emscripten")
else()
  set(root "/usr/share/emscripten")
endif()
if(NOT EXISTS "${root}/cmake/Modules/Platform/Emscripten.cmake")
  message(FATAL_ERROR "Emscripten is not in ${root}. `sh toolchains/build.sh --wasm` installs it on Debian 12; "
                      "elsewhere set EMSDK to an emsdk directory.")
endif()
find_program(MODELEXPORT_NODE NAMES node nodejs REQUIRED)
# Emscripten 3.1.6 mistakes Node's own fetch for a browser's and would then not read the .wasm from disk. Newer
# Node versions have no such option any more.
execute_process(COMMAND "${MODELEXPORT_NODE}" --no-experimental-fetch -e 0 RESULT_VARIABLE refused
                OUTPUT_QUIET ERROR_QUIET)
if(refused EQUAL 0)
  set(emulator "${MODELEXPORT_NODE};--no-experimental-fetch")
else()
  set(emulator "${MODELEXPORT_NODE}")
endif()
set(CMAKE_CROSSCOMPILING_EMULATOR "${emulator}" CACHE STRING "Runs test programs")
include("${root}/cmake/Modules/Platform/Emscripten.cmake")
# Debian's Emscripten looks for Node packages where Debian's Node does; another Node must be told.
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${CMAKE_COMMAND} -E env NODE_PATH=$ENV{NODE_PATH}:/usr/share/nodejs")
