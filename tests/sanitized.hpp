#pragma once
// What tests do less of under a sanitizer.

namespace xtape {

/// Whether a sanitizer watches. It takes memory by rules of its own, and so much time that tests of numbers draw and
/// repeat less there, and leave out sizes and shapes that go the way of others: each says at its place what. Memory is
/// what is looked at; the numbers are held to everything without it.
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
