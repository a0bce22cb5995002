# Where every third-party library comes from, as targets the rest of the build links:
#   modelexport_headers     nlohmann/json, tl::expected (header-only)
#   modelexport_protobuf    protobuf-lite 3.21 (MODELEXPORT_PROTOC is its compiler)
#   modelexport_zlib        zlib
#   modelexport_curl        libcurl, where the native build finds it (optional)
# A native build takes Debian's packages; the wasm build takes the same versions, prepared by
# toolchains/wasm_dependencies.sh into MODELEXPORT_WASM_DEPS. A missing one says how to get it.

function(modelexport_missing what)
  message(FATAL_ERROR "${what} is missing. `sh toolchains/build.sh` installs it on Debian 12; "
                      "on another system install the packages that script lists.")
endfunction()

# Third-party include directories are SYSTEM: the project's warnings are for the project's code.
add_library(modelexport_headers INTERFACE)
add_library(modelexport_protobuf INTERFACE)
add_library(modelexport_zlib INTERFACE)

find_program(MODELEXPORT_PROTOC protoc DOC "The protobuf compiler, version 3.21")
if(NOT MODELEXPORT_PROTOC)
  modelexport_missing("protoc (Debian: protobuf-compiler)")
endif()

if(EMSCRIPTEN)
  set(MODELEXPORT_WASM_DEPS "" CACHE PATH "What toolchains/wasm_dependencies.sh made")
  foreach(file include/nlohmann/json.hpp include/tl/expected.hpp lib/libprotobuf-lite.a lib/libz.a)
    if(NOT EXISTS "${MODELEXPORT_WASM_DEPS}/${file}")
      modelexport_missing("${file} for WebAssembly (MODELEXPORT_WASM_DEPS=${MODELEXPORT_WASM_DEPS})")
    endif()
  endforeach()
  foreach(target modelexport_headers modelexport_protobuf modelexport_zlib)
    target_include_directories(${target} SYSTEM INTERFACE "${MODELEXPORT_WASM_DEPS}/include")
  endforeach()
  target_link_libraries(modelexport_protobuf INTERFACE "${MODELEXPORT_WASM_DEPS}/lib/libprotobuf-lite.a")
  target_link_libraries(modelexport_zlib INTERFACE "${MODELEXPORT_WASM_DEPS}/lib/libz.a")
else()
  find_package(nlohmann_json 3.11 QUIET)
  if(NOT nlohmann_json_FOUND)
    modelexport_missing("nlohmann/json (Debian: nlohmann-json3-dev)")
  endif()
  find_package(tl-expected QUIET)
  if(NOT tl-expected_FOUND)
    modelexport_missing("tl::expected (Debian: libexpected-dev)")
  endif()
  target_link_libraries(modelexport_headers INTERFACE nlohmann_json::nlohmann_json tl::expected)

  find_package(Protobuf 3.21 QUIET)
  if(NOT TARGET protobuf::libprotobuf-lite)
    modelexport_missing("protobuf-lite 3.21 (Debian: libprotobuf-dev)")
  endif()
  target_link_libraries(modelexport_protobuf INTERFACE protobuf::libprotobuf-lite)

  find_package(ZLIB QUIET)
  if(NOT ZLIB_FOUND)
    modelexport_missing("zlib (Debian: zlib1g-dev)")
  endif()
  target_link_libraries(modelexport_zlib INTERFACE ZLIB::ZLIB)

  find_package(CURL QUIET)
  if(CURL_FOUND)
    add_library(modelexport_curl INTERFACE)
    target_link_libraries(modelexport_curl INTERFACE CURL::libcurl)
  endif()
endif()
