# One interface target carries how everything of ours is compiled.
option(KETENPOORT_BUILD_TESTS "build the tests" ON)
option(KETENPOORT_FUZZERS "build the libFuzzer targets" OFF)
set(KETENPOORT_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# g++ 12.2 (Debian 12) miscompiles ordinary coroutines: double frees and hangs, measured; see docs/decisions/0001-compiler.md.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "g++ before 13 miscompiles coroutines (double frees, hangs). Use clang-16: cmake --preset dev")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # What ccache must overlook to cache files that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${CCACHE_PROGRAM}")
endif()

# Headers that nearly every file reads, read once per target.
set(KETENPOORT_COMMON_HEADERS <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <string> <string_view> <unordered_map> <utility> <vector> <fmt/format.h> <tl/expected.hpp>)
set(KETENPOORT_TEST_HEADERS ${KETENPOORT_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)

# What a test itself does is soon done: optimizing it takes longer than it saves. What it tests is optimized as ever.
set(KETENPOORT_TEST_OPTIONS -O0 -U_FORTIFY_SOURCE)

add_library(ketenpoort_options INTERFACE)
add_library(ketenpoort::options ALIAS ketenpoort_options)
target_include_directories(ketenpoort_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(ketenpoort_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough -fstack-protector-strong
  "SHELL:-Xclang -fno-pch-timestamp")  # so that equal precompiled headers are equal to ccache
target_compile_definitions(ketenpoort_options INTERFACE
  $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS)
target_link_options(ketenpoort_options INTERFACE -Wl,-z,relro,-z,now)

find_program(MOLD_PROGRAM mold)
find_program(LLD_PROGRAM NAMES ld.lld-16 ld.lld)
if(MOLD_PROGRAM)
  target_link_options(ketenpoort_options INTERFACE -fuse-ld=mold)
elseif(LLD_PROGRAM)
  target_link_options(ketenpoort_options INTERFACE -fuse-ld=${LLD_PROGRAM})
endif()

if(KETENPOORT_SANITIZE)
  target_compile_options(ketenpoort_options INTERFACE -fsanitize=${KETENPOORT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ketenpoort_options INTERFACE -fsanitize=${KETENPOORT_SANITIZE})
endif()

if(KETENPOORT_FUZZERS)  # coverage in every library, so that the fuzzer sees what its input reached
  target_compile_options(ketenpoort_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
