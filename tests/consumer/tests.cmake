# Installs xtape into a prefix below the build tree, and builds and runs the consumer against it, with the short examples as
# they are installed; but not where each of them takes long to compile, and tells nothing new.

set(folder "${CMAKE_CURRENT_BINARY_DIR}/consumer")
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
set(same_build "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}" "-DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}"
               "-DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS}" "-DCMAKE_CXX_FLAGS_${type}=${CMAKE_CXX_FLAGS_${type}}"
               "-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}")

set(examples "")
if(XTAPE_BUILD_EXAMPLES AND type STREQUAL "RELEASE")
  set(examples "-DXTAPE_EXAMPLES=${folder}/prefix/${CMAKE_INSTALL_DOCDIR}/examples")
endif()

add_test(NAME consumer.install COMMAND "${CMAKE_COMMAND}" --install "${PROJECT_BINARY_DIR}" --prefix "${folder}/prefix")
set_tests_properties(consumer.install PROPERTIES FIXTURES_SETUP xtape_prefix)
add_test(
  NAME consumer.installed
  COMMAND
    "${CMAKE_CTEST_COMMAND}" --build-and-test "${CMAKE_CURRENT_LIST_DIR}" "${folder}/installed" --build-generator
    "${CMAKE_GENERATOR}" --build-options ${same_build} "-DCMAKE_PREFIX_PATH=${folder}/prefix" ${examples} --test-command
    "${CMAKE_CTEST_COMMAND}" --output-on-failure)
set_tests_properties(consumer.installed PROPERTIES FIXTURES_REQUIRED xtape_prefix TIMEOUT 900)

# xtape_add_configuration(NAME REGEX OPTIONS...): configured against the prefix, the user is told something that matches.
function(xtape_add_configuration name regex)
  add_test(NAME consumer.${name}
           COMMAND "${CMAKE_COMMAND}" --fresh -G "${CMAKE_GENERATOR}" ${same_build}
                   "-DCMAKE_PREFIX_PATH=${folder}/prefix" ${ARGN} -S "${CMAKE_CURRENT_LIST_DIR}" -B "${folder}/${name}")
  set_tests_properties(consumer.${name} PROPERTIES FIXTURES_REQUIRED xtape_prefix PASS_REGULAR_EXPRESSION "${regex}")
endfunction()
xtape_add_configuration(component "Generating done" -DXTAPE_COMPONENTS=nn)
xtape_add_configuration(unknown_component "no component 'layers'; its[ \n]+components[ \n]+are[ \n]+autodiff"
                        "-DXTAPE_COMPONENTS=nn\;layers")
xtape_add_configuration(no_build_type "no[ \n]+build[ \n]+type[ \n]+is[ \n]+set.*-DCMAKE_BUILD_TYPE=Release"
                        -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=)
set_tests_properties(consumer.component PROPERTIES FAIL_REGULAR_EXPRESSION "no[ \n]+build[ \n]+type")

# What there is to read lies beside it.
add_test(NAME consumer.documentation COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${folder}/prefix/${CMAKE_INSTALL_DOCDIR}" -P
                                             "${CMAKE_CURRENT_LIST_DIR}/documentation.cmake")
set_tests_properties(consumer.documentation PROPERTIES FIXTURES_REQUIRED xtape_prefix)

# As a subproject; configured only, since the library would be compiled all over.
add_test(NAME consumer.subproject
         COMMAND "${CMAKE_COMMAND}" -G "${CMAKE_GENERATOR}" ${same_build} "-DXTAPE_SOURCE=${PROJECT_SOURCE_DIR}" -S
                 "${CMAKE_CURRENT_LIST_DIR}" -B "${folder}/subproject")

# What a user without a dependency is told.
add_test(NAME consumer.missing_dependency
         COMMAND "${CMAKE_COMMAND}" -G "${CMAKE_GENERATOR}" ${same_build} -DCMAKE_DISABLE_FIND_PACKAGE_xsimd=ON -S
                 "${PROJECT_SOURCE_DIR}" -B "${folder}/missing")
set_tests_properties(consumer.missing_dependency PROPERTIES PASS_REGULAR_EXPRESSION "apt install libxsimd-dev")
