# Judges one case: cmake -DCASE=file.cpp -DFLAGS_FILE=flags.cmake [-DHEADERS=headers.hpp] -P check.cmake
# HEADERS is what headers.cmake precompiled.

include("${FLAGS_FILE}")
file(STRINGS "${CASE}" lines LIMIT_COUNT 2)
list(GET lines 0 expectation)
list(GET lines 1 second)
if(second MATCHES "^// flags: (.*)$")
  separate_arguments(extra_flags UNIX_COMMAND "${CMAKE_MATCH_1}")
endif()

if(expectation MATCHES "^// (link error|links)")
  set(action -o "${SCRATCH}.out")
  set(end ${LIBRARIES})
else()
  set(action -fsyntax-only)
  set(end)
  if(HEADERS AND NOT extra_flags)
    list(APPEND action -include "${HEADERS}")
  endif()
endif()
execute_process(
  COMMAND "${COMPILER}" ${FLAGS} ${extra_flags} ${action} "${CASE}" ${end}
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
file(REMOVE "${SCRATCH}.out")

if(expectation MATCHES "^// (compiles|links)$")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "It must be accepted, and is not:\n${output}")
  endif()
elseif(expectation MATCHES "^// (error|link error): (.+)$")
  set(regex "${CMAKE_MATCH_2}")
  if(result EQUAL 0)
    message(FATAL_ERROR "It must be refused, and is accepted")
  elseif(NOT output MATCHES "${regex}")
    message(FATAL_ERROR "It is refused, but not for the reason that was expected, '${regex}':\n${output}")
  elseif(output MATCHES "No such file or directory|cannot find -l")
    message(FATAL_ERROR "It is refused, but for another reason:\n${output}")
  endif()
else()
  message(FATAL_ERROR "The first line must tell what to expect; it is: ${expectation}")
endif()
