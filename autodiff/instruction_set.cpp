#include "autodiff/instruction_set.hpp"

#include <unistd.h>

namespace xtape {

template <class InstructionSet>
void the_xtape_library_is_compiled_for_another_instruction_set_than() {}

template void the_xtape_library_is_compiled_for_another_instruction_set_than<xsimd::default_arch>();

namespace {

#if defined(__x86_64__)

// What runs before the check has passed may use nothing beyond the baseline of x86-64, whatever this file is compiled
// for; so no C++ library in here.
#define XTAPE_BASELINE __attribute__((target("arch=x86-64")))

/// The first feature that this file is compiled for and this processor (or its operating system) lacks; else null.
XTAPE_BASELINE const char* lacking_feature() {
  __builtin_cpu_init();
#define XTAPE_REQUIRE(feature) \
  if (!__builtin_cpu_supports(feature)) return feature
#if defined(__SSE3__)
  XTAPE_REQUIRE("sse3");
#endif
#if defined(__SSSE3__)
  XTAPE_REQUIRE("ssse3");
#endif
#if defined(__SSE4_1__)
  XTAPE_REQUIRE("sse4.1");
#endif
#if defined(__SSE4_2__)
  XTAPE_REQUIRE("sse4.2");
#endif
#if defined(__POPCNT__)
  XTAPE_REQUIRE("popcnt");
#endif
#if defined(__AVX__)
  XTAPE_REQUIRE("avx");
#endif
#if defined(__AVX2__)
  XTAPE_REQUIRE("avx2");
#endif
#if defined(__BMI__)
  XTAPE_REQUIRE("bmi");
#endif
#if defined(__BMI2__)
  XTAPE_REQUIRE("bmi2");
#endif
#if defined(__FMA__)
  XTAPE_REQUIRE("fma");
#endif
#if defined(__AVX512F__)
  XTAPE_REQUIRE("avx512f");
#endif
#if defined(__AVX512BW__)
  XTAPE_REQUIRE("avx512bw");
#endif
#if defined(__AVX512CD__)
  XTAPE_REQUIRE("avx512cd");
#endif
#if defined(__AVX512DQ__)
  XTAPE_REQUIRE("avx512dq");
#endif
#if defined(__AVX512VL__)
  XTAPE_REQUIRE("avx512vl");
#endif
#undef XTAPE_REQUIRE
  return nullptr;
}

XTAPE_BASELINE void say(const char* text) {
  if (write(STDERR_FILENO, text, __builtin_strlen(text)) < 0) return;  // nowhere to say it
}

/// Runs before all other initialisation of the program (priorities up to 100 are the implementation's).
__attribute__((constructor(101))) XTAPE_BASELINE void check_processor() {
  const char* const feature = lacking_feature();
  if (feature == nullptr) return;
  say("xtape: this program is compiled for processors with ");
  say(feature);
  say(", which this one lacks; compile xtape on this machine, or anywhere with -DXTAPE_INSTRUCTION_SET=baseline\n");
  _exit(1);
}

#endif

}  // namespace
}  // namespace xtape
