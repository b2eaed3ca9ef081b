# Precompiles headers with the flags of the cases: cmake -DHEADERS=headers.hpp -DFLAGS_FILE=flags.cmake -P headers.cmake

include("${FLAGS_FILE}")
execute_process(COMMAND "${COMPILER}" ${FLAGS} -x c++-header "${HEADERS}" -o "${HEADERS}.gch" COMMAND_ERROR_IS_FATAL ANY)
