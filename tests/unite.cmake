# cmake -P unite.cmake -- UNIT SOURCE...: writes one file that compiles the sources together, so that what they include,
# and what they instantiate alike, is compiled once. The names of a test file are in an anonymous namespace; there they get
# a namespace of the file's name, so that two files may name a thing alike. Messages and debuggers show the sources.

# replace_last(OLD NEW): in `text`.
function(replace_last old new)
  string(FIND "${text}" "${old}" begin REVERSE)
  if(begin EQUAL -1)
    return()
  endif()
  string(SUBSTRING "${text}" 0 ${begin} before)
  string(LENGTH "${old}" length)
  math(EXPR end "${begin} + ${length}")
  string(SUBSTRING "${text}" ${end} -1 after)
  set(text "${before}${new}${after}" PARENT_SCOPE)
endfunction()

set(unit "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE 5 ${last})
  set(source "${CMAKE_ARGV${i}}")
  cmake_path(GET source STEM name)
  file(READ "${source}" text)
  replace_last("\nnamespace {\n" "\nnamespace { namespace ${name} {\n")
  replace_last("\n}  // namespace\n" "\n}}  // namespace\n")
  string(APPEND unit "#line 1 \"${source}\"\n${text}\n")
endforeach()
file(WRITE "${CMAKE_ARGV4}" "${unit}")
