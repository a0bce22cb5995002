# Language level, warnings and sanitizers, on one interface target (never global flags).
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

# The Python extension is a shared library of the same objects; it shows only its init function.
if(MODELEXPORT_PYTHON)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_CXX_VISIBILITY_PRESET hidden)
  set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
endif()

add_library(modelexport_flags INTERFACE)
# -ffp-contract=off: equal bytes on every target (architecture.md §6).
target_compile_options(modelexport_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                       -Werror -ffp-contract=off)
# GCC 12 warns about std::string and std::optional of its own library when it optimises.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  target_compile_options(modelexport_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(MODELEXPORT_SANITIZE)
  # No vptr checks: they need the type information that the core is compiled without.
  target_compile_options(modelexport_flags INTERFACE -fsanitize=${MODELEXPORT_SANITIZE} -fno-sanitize=vptr
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(modelexport_flags INTERFACE -fsanitize=${MODELEXPORT_SANITIZE})
endif()
