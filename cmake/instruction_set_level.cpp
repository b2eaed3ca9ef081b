// Run by CMake: the exit code is the highest x86-64 psABI level (2, 3, 4, less one; 0 is the baseline) that this
// machine's processor and operating system support.

#define HAS(feature) (__builtin_cpu_supports(feature) != 0)

int main() {
  __builtin_cpu_init();
  const bool v2 = HAS("sse3") && HAS("ssse3") && HAS("sse4.1") && HAS("sse4.2") && HAS("popcnt");
  const bool v3 = v2 && HAS("avx") && HAS("avx2") && HAS("bmi") && HAS("bmi2") && HAS("fma");
  const bool v4 = v3 && HAS("avx512f") && HAS("avx512bw") && HAS("avx512cd") && HAS("avx512dq") && HAS("avx512vl");
  return int(v2) + int(v3) + int(v4);
}
