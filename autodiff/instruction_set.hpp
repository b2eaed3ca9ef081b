#pragma once
// All files of a program that uses xtape must be compiled for the instruction set that xtape itself was compiled for:
// the headers hold SIMD code, and the width of a register is part of the binary interface. The CMake targets carry the
// flag. A file compiled otherwise does not link, and the undefined symbol says why.

#ifndef XTENSOR_USE_XSIMD
#error "xtape: XTENSOR_USE_XSIMD is not defined; link the CMake target xtape::autodiff, which brings the flags it needs"
#endif

#include "autodiff/compat.hpp"

namespace xtape {

/// Defined in the library, for the one instruction set that it was compiled for (named by xsimd's type).
template <class InstructionSet>
void the_xtape_library_is_compiled_for_another_instruction_set_than();

namespace {
/// The reference that makes a mismatch fail to link; one pointer in each object file, never read.
// NOLINTNEXTLINE(misc-definitions-in-headers)
[[gnu::used]] void (*const kSameInstructionSet)() =
    &the_xtape_library_is_compiled_for_another_instruction_set_than<xsimd::default_arch>;
}  // namespace

}  // namespace xtape
