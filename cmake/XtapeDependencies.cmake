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
# Headers alone, over OpenBLAS's LAPACK: its package file would ask for two more libraries. Those beside xtensor come
# first, since a release goes with that of xtensor.
get_target_property(xtape_xtensor_folders xtensor INTERFACE_INCLUDE_DIRECTORIES)
find_path(XTAPE_XTENSOR_BLAS_INCLUDE_DIR xtensor-blas/xlinalg.hpp HINTS ${xtape_xtensor_folders})
mark_as_advanced(XTAPE_XTENSOR_BLAS_INCLUDE_DIR)
if(NOT XTAPE_XTENSOR_BLAS_INCLUDE_DIR)
  message(FATAL_ERROR "xtape needs xtensor-blas, which was not found.\n  On Debian and Ubuntu: apt install libxtensor-blas-dev")
endif()
# xtensor 0.26 moved its headers, and xtensor-blas 0.22 followed.
file(STRINGS "${XTAPE_XTENSOR_BLAS_INCLUDE_DIR}/xtensor-blas/xlinalg.hpp" xtape_moved_headers
     REGEX "#include [<\"]xtensor/containers/")
if(xtensor_VERSION VERSION_GREATER_EQUAL 0.26)
  set(xtape_xtensor_blas_wanted "0.22 or later")
else()
  set(xtape_xtensor_blas_wanted "0.21 or earlier")
endif()
if((xtape_moved_headers AND xtape_xtensor_blas_wanted MATCHES "earlier")
   OR (NOT xtape_moved_headers AND xtape_xtensor_blas_wanted MATCHES "later"))
  message(
    FATAL_ERROR
      "xtape needs xtensor-blas ${xtape_xtensor_blas_wanted} with xtensor ${xtensor_VERSION}; the one in "
      "${XTAPE_XTENSOR_BLAS_INCLUDE_DIR} goes with another xtensor.\n"
      "  Install it beside xtensor (${xtape_xtensor_folders}), or set XTAPE_XTENSOR_BLAS_INCLUDE_DIR.")
endif()
# Headers alone.
find_path(XTAPE_BOOST_INCLUDE_DIR boost/math/special_functions/gamma.hpp)
mark_as_advanced(XTAPE_BOOST_INCLUDE_DIR)
if(NOT XTAPE_BOOST_INCLUDE_DIR)
  message(FATAL_ERROR "xtape needs Boost.Math, which was not found.\n  On Debian and Ubuntu: apt install libboost-dev")
endif()
xtape_require(ZLIB zlib1g-dev)
xtape_require(nlohmann_json nlohmann-json3-dev)
set(THREADS_PREFER_PTHREAD_FLAG ON)
xtape_require(Threads libc6-dev)
# One runtime of OpenMP in a process: g++'s, which OpenBLAS's OpenMP build is linked to. With clang it is linked without
# the flag, which would bring clang's own.
if(XTAPE_OPENMP AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_LIBRARIES gomp)
  check_cxx_source_compiles("extern \"C\" int omp_get_max_threads(); int main() { return omp_get_max_threads(); }"
                            xtape_links_gomp)
  unset(CMAKE_REQUIRED_LIBRARIES)
  if(NOT xtape_links_gomp)
    message(FATAL_ERROR "xtape needs g++'s OpenMP library, libgomp, which was not found.\n"
                        "  On Debian and Ubuntu: apt install g++")
  endif()
  set(xtape_openmp gomp)
elseif(XTAPE_OPENMP)
  xtape_require(OpenMP g++ COMPONENTS CXX)
  set(xtape_openmp OpenMP::OpenMP_CXX)
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
# Optional too: without one, the reader of its files says so.
foreach(xtape_format PNG JPEG)
  string(TOLOWER "${xtape_format}" xtape_name)
  set(xtape_${xtape_name} OFF)
  if(XTAPE_PICTURES)
    find_package(${xtape_format} QUIET)
    set(xtape_${xtape_name} ${${xtape_format}_FOUND})
    if(NOT ${xtape_format}_FOUND)
      message(STATUS "xtape: without lib${xtape_name}, which reads ${xtape_format} files (on Debian and Ubuntu: apt install lib${xtape_name}-dev)")
    endif()
  endif()
endforeach()
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
