#pragma once
// What calls of OpenBLAS and oneDNN need around them.

namespace xtape::kernels {

/// While it lives, a product is computed by OpenBLAS or oneDNN, unless it is false: at the end of the process both give
/// back what they need, and a product in a static destructor, or in a thread that outlives main, has to do without.
class BlasCall {
 public:
  BlasCall();
  ~BlasCall();
  BlasCall(const BlasCall&) = delete;
  BlasCall& operator=(const BlasCall&) = delete;
  explicit operator bool() const { return allowed_; }

 private:
  bool allowed_;
};

/// While it lives, OpenBLAS has, or finds, the memory that it takes for each call that runs at the same time as others.
/// Where the system does not give it, OpenBLAS would ask for ever or end the process; this throws a std::bad_alloc
/// that says so.
class OpenBlasMemory {
 public:
  OpenBlasMemory();
  ~OpenBlasMemory();
  OpenBlasMemory(const OpenBlasMemory&) = delete;
  OpenBlasMemory& operator=(const OpenBlasMemory&) = delete;
};

}  // namespace xtape::kernels
