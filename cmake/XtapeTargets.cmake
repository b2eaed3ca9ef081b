# What xtape's targets have in common.

# Warnings, for all that is xtape's own. -DCMAKE_COMPILE_WARNING_AS_ERROR=ON makes them errors.
function(xtape_add_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(NOT XTAPE_OPENMP)
    target_compile_options(${target} PRIVATE -Wno-unknown-pragmas)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False: in xtensor's small vector, in xtl's copies of shapes (g++ 14), and in its own std::string (GCC bug 105651 and
    # others like it).
    set(version "$<CXX_COMPILER_VERSION>")
    target_compile_options(
      ${target} PRIVATE -Wno-maybe-uninitialized $<$<VERSION_LESS:${version},13>:-Wno-restrict>
                        $<$<VERSION_GREATER_EQUAL:${version},14>:-Wno-array-bounds>)
  else()
    target_compile_options(${target} PRIVATE -Wno-sign-conversion)   # of which clang makes a part of -Wconversion
  endif()
endfunction()

# xtape_precompile(TARGET HEADER | REUSE_FROM OTHER): where XTAPE_PRECOMPILE_HEADERS says so, what the header includes is
# read once for all files of both targets. By g++ alone: clang 14 crashes when it reads what it wrote of xtensor.
function(xtape_precompile target)
  if(NOT XTAPE_PRECOMPILE_HEADERS
     OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU"
     OR (XTAPE_PRECOMPILE_HEADERS STREQUAL "PROGRAMS" AND target MATCHES "^xtape_(autodiff|nn)$"))
    return()
  elseif(ARGV1 STREQUAL "REUSE_FROM")
    target_precompile_headers(${target} REUSE_FROM ${ARGV2})
  else()
    target_precompile_headers(${target} PRIVATE "${PROJECT_SOURCE_DIR}/${ARGV1}")
  endif()
  target_compile_options(
    ${target}
    PRIVATE -fpch-preprocess    # for ccache
            # Pragmas in a header are forgotten (GCC bug 64117), and that it is the system's; builds without this tell.
            -Wno-uninitialized -Wno-stringop-overflow -Wno-array-bounds
  )
endfunction()

# xtape_unite(TARGET): where XTAPE_UNITE says so, several of a library's files are compiled as one. A file whose own names
# are those of another's stays alone, by the property SKIP_UNITY_BUILD_INCLUSION.
function(xtape_unite target)
  if(NOT XTAPE_UNITE OR (XTAPE_UNITE STREQUAL "PROGRAMS" AND target MATCHES "^xtape_(autodiff|nn)$"))
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)   # of what a file keeps to itself and another includes
  endif()
endfunction()

# xtape_split_headers(ALONE PAIRED HEADERS...): puts apart, as PAIRED, those that the source beside them includes before
# all else: to compile it tells already that they compile alone.
function(xtape_split_headers alone paired)
  foreach(header IN LISTS ARGN)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE name)
    cmake_path(REPLACE_EXTENSION header LAST_ONLY .cpp OUTPUT_VARIABLE source)
    set(include "")
    if(EXISTS "${source}")
      file(STRINGS "${source}" include REGEX "^#include" LIMIT_COUNT 1)
    endif()
    if(include STREQUAL "#include \"${name}\"")
      list(APPEND headers_paired "${header}")
    else()
      list(APPEND headers_left "${header}")
    endif()
  endforeach()
  set(${alone} ${headers_left} PARENT_SCOPE)
  set(${paired} ${headers_paired} PARENT_SCOPE)
endfunction()

# xtape_add_library(NAME): the static or shared library xtape_NAME from all sources and headers of this folder and those
# below it, with the alias xtape::NAME.
function(xtape_add_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "*.hpp")
  set(target xtape_${name})
  xtape_split_headers(alone paired ${headers})
  add_library(${target})
  add_library(xtape::${name} ALIAS ${target})
  target_sources(
    ${target}
    PRIVATE ${sources}
    PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${alone}
    PUBLIC FILE_SET paired TYPE HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${paired})
  set_target_properties(
    ${target}
    PROPERTIES EXPORT_NAME ${name}
               POSITION_INDEPENDENT_CODE ON
               VERSION ${PROJECT_VERSION}
               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
               VERIFY_INTERFACE_HEADER_SETS ${XTAPE_BUILD_TESTS}   # that each header compiles alone
               INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
  xtape_add_warnings(${target})
  xtape_unite(${target})
endfunction()

# xtape_set_up_program(TARGET): what programs, and the libraries that only they use, have in common: warnings, the options of
# their folder (xtape_program_options), precompiled headers.
function(xtape_set_up_program target)
  xtape_add_warnings(${target})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    xtape_unite(${target})
  endif()
  target_compile_options(${target} PRIVATE ${xtape_program_options})
  if(xtape_precompiled)
    xtape_precompile(${target} REUSE_FROM ${xtape_precompiled})
  endif()
endfunction()

# xtape_precompile_for_programs(NAME): the headers for the programs of this folder and those below it, with their options:
# those of libraries are others.
macro(xtape_precompile_for_programs name)
  if(XTAPE_PRECOMPILE_HEADERS)
    file(CONFIGURE OUTPUT precompiled.cpp CONTENT "")
    add_library(${name} OBJECT EXCLUDE_FROM_ALL "${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp")
    target_link_libraries(${name} PRIVATE xtape::nn)
    set(xtape_precompiled "")
    xtape_set_up_program(${name})
    xtape_precompile(${name} nn/nn.hpp)
    set(xtape_precompiled ${name})
  endif()
endmacro()

# xtape_add_program(NAME SOURCES... LIBRARIES...): a program of xtape's own (a test, an example, a benchmark).
function(xtape_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  if(arg_LIBRARIES STREQUAL "xtape_benchmarks_runner")   # which does without xtape
    xtape_add_warnings(${name})
  else()
    xtape_set_up_program(${name})
  endif()
endfunction()

# xtape_add_programs(RESULT PREFIX LIBRARIES...): one file, one program: for each NAME.cpp of this folder the target PREFIX_NAME,
# which builds NAME. RESULT gets the targets.
function(xtape_add_programs result prefix)
  file(GLOB sources CONFIGURE_DEPENDS "*.cpp")
  set(targets "")
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    xtape_add_program(${prefix}_${name} SOURCES ${source} LIBRARIES ${ARGN})
    set_target_properties(${prefix}_${name} PROPERTIES OUTPUT_NAME ${name})
    list(APPEND targets ${prefix}_${name})
  endforeach()
  set(${result} ${targets} PARENT_SCOPE)
endfunction()
