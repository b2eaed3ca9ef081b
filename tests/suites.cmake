# Read by ctest: a test of ctest for each suite of the program ${program}. One for each of its tests would mostly measure
# what the start of a process costs, above all under sanitizers.

if(NOT EXISTS "${program}")
  add_test(${name}.NOT_BUILT "${program}")
  return()
endif()
execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_VARIABLE listed RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${program} --gtest_list_tests: ${result}")
endif()
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\." suites "${listed}")
list(REMOVE_DUPLICATES suites)
# What GoogleTest says last, unless a test failed: some were skipped.
set(skipped "\n\\[  SKIPPED \\] [0-9]+ tests?, listed below:(\n\\[  SKIPPED \\][^\n]*)+\n*$")
foreach(suite IN LISTS suites)
  string(REGEX REPLACE "[\n.]" "" suite "${suite}")
  add_test(${name}.${suite} "${program}" --gtest_filter=${suite}.*)
  set_tests_properties(${name}.${suite} PROPERTIES TIMEOUT 1200 SKIP_REGULAR_EXPRESSION "${skipped}")
  if(NOT name MATCHES "^(autodiff|nn|docs)$")
    # Whole programs, which are of the pieces that the others try under this check; it takes two thirds of their time.
    set_tests_properties(${name}.${suite} PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=0")
  endif()
  if(suite MATCHES "/")
    set_tests_properties(${name}.${suite} PROPERTIES COST 1)   # many tests: begin with them
  endif()
endforeach()
