#pragma once
// What a reader must know about the machine to believe a figure, and how threads are placed on it.

namespace xtape::benchmarks {

/// Prints the processor, its load, OpenBLAS's choice of kernels, and a warning for each circumstance that spoils
/// measurements: environment variables that steer OpenBLAS, and other processes at work.
void print_machine();

/// From now on parallel regions have this many threads, each on a core of its own while there are enough; one thread is
/// pinned as well.
void use_threads(int count);

/// How many cores this process may use.
int available_cores();

}  // namespace xtape::benchmarks
