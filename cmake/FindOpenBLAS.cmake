# Finds OpenBLAS itself, not a generic BLAS: the target OpenBLAS::OpenBLAS, and OpenBLAS_THREADS, which tells what its
# threads are: openmp, pthread, none, or unknown when cross-compiling.

# OpenBLAS's OpenMP build is called openblaso where several are installed side by side (Fedora).
find_library(OpenBLAS_LIBRARY NAMES openblaso openblas NAMES_PER_DIR)
find_path(OpenBLAS_INCLUDE_DIR NAMES cblas.h PATH_SUFFIXES openblas openblas-openmp)
mark_as_advanced(OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLAS REQUIRED_VARS OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR)

if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(
    OpenBLAS::OpenBLAS PROPERTIES IMPORTED_LOCATION "${OpenBLAS_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES
                                                                          "${OpenBLAS_INCLUDE_DIR}")
endif()

if(OpenBLAS_FOUND AND NOT DEFINED CACHE{OpenBLAS_THREADS})
  set(OpenBLAS_THREADS unknown CACHE INTERNAL "What OpenBLAS's threads are: openmp, pthread, none or unknown")
  if(NOT CMAKE_CROSSCOMPILING)
    # The library that the loader finds counts, not the file that the linker sees: so ask it.
    set(source "${CMAKE_BINARY_DIR}/CMakeFiles/xtape_openblas_threads.cpp")
    file(WRITE "${source}" "extern \"C\" int openblas_get_parallel(); int main() { return openblas_get_parallel(); }\n")
    try_run(exit_code compiled "${CMAKE_BINARY_DIR}/CMakeFiles/xtape_openblas_threads" "${source}"
            LINK_LIBRARIES "${OpenBLAS_LIBRARY}")
    set(kinds none pthread openmp)
    if(compiled AND exit_code MATCHES "^[0-2]$")
      list(GET kinds ${exit_code} kind)
      set_property(CACHE OpenBLAS_THREADS PROPERTY VALUE ${kind})
    endif()
    unset(exit_code CACHE)
    unset(compiled CACHE)
  endif()
endif()
