# Chooses the instruction set that xtape and everything that includes its headers is compiled for. The headers hold SIMD
# code, so all files of a program must agree on it: the flag is a public one of the exported targets, and it is a level of
# the x86-64 psABI rather than -march=native, which means something else on the next machine.

set(XTAPE_INSTRUCTION_SET "" CACHE STRING
    "baseline, x86-64-v2, x86-64-v3 or x86-64-v4; empty: this machine's with XTAPE_NATIVE, else baseline")
set_property(CACHE XTAPE_INSTRUCTION_SET PROPERTY STRINGS "" baseline x86-64-v2 x86-64-v3 x86-64-v4)

# The highest level that this machine's processor and operating system support.
function(xtape_detect_instruction_set result)
  set(${result} baseline PARENT_SCOPE)
  if(CMAKE_CROSSCOMPILING OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
    return()
  endif()
  if(NOT DEFINED CACHE{xtape_detected_instruction_set})
    try_run(exit_code compiled "${PROJECT_BINARY_DIR}/CMakeFiles/xtape_instruction_set"
            "${PROJECT_SOURCE_DIR}/cmake/instruction_set_level.cpp")
    set(levels baseline x86-64-v2 x86-64-v3 x86-64-v4)
    set(level baseline)
    if(compiled AND exit_code MATCHES "^[0-3]$")
      list(GET levels ${exit_code} level)
    endif()
    unset(exit_code CACHE)
    unset(compiled CACHE)
    set(xtape_detected_instruction_set ${level} CACHE INTERNAL "This machine's x86-64 level")
  endif()
  set(${result} ${xtape_detected_instruction_set} PARENT_SCOPE)
endfunction()

if(XTAPE_INSTRUCTION_SET)
  set(xtape_instruction_set "${XTAPE_INSTRUCTION_SET}")
elseif(XTAPE_NATIVE)
  xtape_detect_instruction_set(xtape_instruction_set)
else()
  set(xtape_instruction_set baseline)
endif()

set(xtape_instruction_set_flag "")
if(xtape_instruction_set MATCHES "^x86-64-v[234]$")
  set(xtape_instruction_set_flag "$<$<COMPILE_LANGUAGE:CXX>:-march=${xtape_instruction_set}>")
elseif(NOT xtape_instruction_set STREQUAL "baseline")
  message(FATAL_ERROR "XTAPE_INSTRUCTION_SET is '${XTAPE_INSTRUCTION_SET}'; "
                      "it may be baseline, x86-64-v2, x86-64-v3 or x86-64-v4")
endif()
message(STATUS "xtape: instruction set ${xtape_instruction_set}")
