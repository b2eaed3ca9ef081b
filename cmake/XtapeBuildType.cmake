# Warns whoever would compile xtape's headers unoptimized without having asked for it: CMake's default is no build type at
# all.

function(xtape_warn_without_build_type)
  get_property(several GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(several OR CMAKE_BUILD_TYPE OR CMAKE_CXX_FLAGS MATCHES "(^| )-O")
    return()
  endif()
  message(
    WARNING
      "xtape: no build type is set, so this project is compiled unoptimized, and a fused element-wise function "
      "(xtape::map) runs some 30 times slower. Configure with -DCMAKE_BUILD_TYPE=Release.")
endfunction()
