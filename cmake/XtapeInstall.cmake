# Headers below include/xtape/, the libraries, the package that find_package(xtape) finds, and the documentation.

include(CMakePackageConfigHelpers)
set(xtape_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/xtape")

install(
  TARGETS xtape_autodiff xtape_nn
  EXPORT xtapeTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/xtape"
  FILE_SET paired DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/xtape")
install(EXPORT xtapeTargets NAMESPACE xtape:: DESTINATION "${xtape_package_folder}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/xtapeConfig.cmake.in" "${PROJECT_BINARY_DIR}/xtapeConfig.cmake"
                              INSTALL_DESTINATION "${xtape_package_folder}")
# Until 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/xtapeConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/xtapeConfig.cmake" "${PROJECT_BINARY_DIR}/xtapeConfigVersion.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/XtapeBuildType.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/FindOpenBLAS.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/FindOneDNN.cmake" DESTINATION "${xtape_package_folder}")

# What there is to read, in the folders that the pages' links name.
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
              "${PROJECT_SOURCE_DIR}/CONTRIBUTING.md" "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" "${PROJECT_SOURCE_DIR}/examples" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
