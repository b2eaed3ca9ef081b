# Finds what xtape builds on. Nothing is downloaded: what is missing stops the configuration with the name of the Debian
# package that has it.

# xtape_require(PACKAGE DEBIAN_PACKAGE [find_package's arguments])
macro(xtape_require package debian_package)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "xtape needs ${package}, which was not found.\n  On Debian and Ubuntu: apt install ${debian_package}")
  endif()
endmacro()

xtape_require(xtensor libxtensor-dev)
xtape_require(xsimd libxsimd-dev)
xtape_require(OpenBLAS libopenblas-openmp-dev)
xtape_require(ZLIB zlib1g-dev)
xtape_require(nlohmann_json nlohmann-json3-dev)
set(THREADS_PREFER_PTHREAD_FLAG ON)
xtape_require(Threads libc6-dev)
if(XTAPE_OPENMP)
  xtape_require(OpenMP g++ COMPONENTS CXX)
endif()
# Optional: xtape works without it. Other processors' oneDNN multiplies by plain loops.
set(xtape_onednn OFF)
if(XTAPE_ONEDNN AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  find_package(OneDNN QUIET)
  set(xtape_onednn ${OneDNN_FOUND})
  if(OneDNN_FOUND)
    message(STATUS "xtape: oneDNN ${OneDNN_LIBRARY} for larger float32 matrix products")
  else()
    message(STATUS "xtape: without oneDNN, which makes float32 matrix products faster (on Debian and Ubuntu: apt install libdnnl-dev)")
  endif()
endif()
if(XTAPE_BUILD_TESTS)
  xtape_require(GTest libgtest-dev)
endif()
if(XTAPE_BUILD_BENCHMARKS)
  xtape_require(benchmark libbenchmark-dev)
endif()
if(XTAPE_BUILD_EXAMPLES)
  xtape_require(CLI11 libcli11-dev)
  xtape_require(PkgConfig pkg-config)
  pkg_check_modules(cairo QUIET IMPORTED_TARGET cairo)
  if(NOT cairo_FOUND)
    message(FATAL_ERROR "xtape's examples need cairo, which was not found.\n  On Debian and Ubuntu: apt install libcairo2-dev")
  endif()
endif()

# What OpenBLAS's threads are: openmp, pthread or none. The library that the loader finds counts, not the file that the
# linker sees; so ask it.
if(NOT DEFINED CACHE{xtape_openblas_threads})
  set(threads unknown)
  if(NOT CMAKE_CROSSCOMPILING)
    set(scratch "${PROJECT_BINARY_DIR}/CMakeFiles/xtape_openblas_threads")
    file(WRITE "${scratch}.cpp" "extern \"C\" int openblas_get_parallel();\nint main() { return openblas_get_parallel(); }\n")
    try_run(exit_code compiled "${scratch}" "${scratch}.cpp" LINK_LIBRARIES "${OpenBLAS_LIBRARY}")
    if(compiled AND exit_code MATCHES "^[0-2]$")
      set(kinds none pthread openmp)
      list(GET kinds ${exit_code} threads)
    endif()
    unset(exit_code CACHE)
    unset(compiled CACHE)
  endif()
  set(xtape_openblas_threads ${threads} CACHE INTERNAL "openmp, pthread, none or unknown")
endif()

message(STATUS "xtape: OpenBLAS ${OpenBLAS_LIBRARY} (its threads: ${xtape_openblas_threads})")
if(XTAPE_OPENMP AND xtape_openblas_threads STREQUAL "pthread")
  message(
    WARNING
      "This is the pthread build of OpenBLAS: its threads and OpenMP's will fight for the cores, and training takes "
      "about twice as long. On Debian and Ubuntu: apt install libopenblas-openmp-dev, then choose it with "
      "'update-alternatives --config libopenblas.so-${CMAKE_LIBRARY_ARCHITECTURE}' and "
      "'update-alternatives --config libopenblas.so.0-${CMAKE_LIBRARY_ARCHITECTURE}', and configure anew (--fresh).")
endif()
