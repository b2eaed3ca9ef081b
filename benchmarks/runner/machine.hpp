#pragma once
// What a reader must know about the machine to believe a figure.

#include <sys/types.h>

#include <string>
#include <vector>

namespace xtape::benchmarks {

/// The cores that this process may use, as it was started.
const std::vector<int>& allowed_cores();

/// Its name.
std::string processor();

/// Bytes.
double memory_size();

/// The load of the last minute.
double load();

/// Processor time spent on the allowed cores since the machine's start, by anybody, what a hypervisor took included.
double busy_seconds();

/// Processor time that a process has used; 0 for none.
double processor_seconds_of(pid_t pid);

}  // namespace xtape::benchmarks
