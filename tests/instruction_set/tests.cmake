# A program compiled for AVX, run on a processor without it. qemu emulates one, where it is installed
# (qemu-user-static); the sanitizers' memory layout does not fit into it.

find_program(XTAPE_QEMU NAMES qemu-x86_64-static qemu-x86_64)
mark_as_advanced(XTAPE_QEMU)
if(NOT XTAPE_QEMU OR NOT CMAKE_BUILD_TYPE STREQUAL "Release" OR NOT xtape_instruction_set MATCHES "v[34]$")
  return()
endif()

xtape_add_program(instruction_set_program SOURCES instruction_set/program.cpp LIBRARIES xtape::autodiff)
set(old_processor "${XTAPE_QEMU}" -cpu Nehalem $<TARGET_FILE:instruction_set_program>)
add_test(NAME instruction_set.runs_here COMMAND instruction_set_program)
add_test(NAME instruction_set.says_what_is_missing COMMAND ${old_processor})
set_tests_properties(instruction_set.says_what_is_missing
                     PROPERTIES PASS_REGULAR_EXPRESSION "^xtape: this program is compiled for processors with [^\n]*\n$")
add_test(NAME instruction_set.fails_there COMMAND ${old_processor})
set_tests_properties(instruction_set.fails_there PROPERTIES WILL_FAIL ON)
