# Finds OpenBLAS itself, not a generic BLAS, as the target OpenBLAS::OpenBLAS.

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
