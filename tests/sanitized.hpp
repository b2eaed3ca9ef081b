#pragma once
// What tests do less of under a sanitizer.

namespace xtape {

/// Whether a sanitizer watches: it takes memory by rules of its own, and so much time that what is only drawn or
/// repeated, to find what numbers differ in, is so less often. What is looked at stays the same.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace xtape
