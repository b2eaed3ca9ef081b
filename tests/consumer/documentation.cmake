# Run by a test: FOLDER holds the documentation of an installed xtape.

foreach(file README.md CHANGELOG.md CONTRIBUTING.md LICENSE docs/behaviour.md docs/design.md docs/performance.md
             docs/results/README.md docs/pictures/cvae.png examples/README.md examples/vae.cpp
             examples/programs/README.md examples/programs/vae.cpp)
  if(NOT EXISTS "${FOLDER}/${file}")
    message(SEND_ERROR "${FOLDER}/${file} is not installed")
  endif()
endforeach()
