#pragma once
// The version of xtape. This is its one place: the build reads it from here.

#define XTAPE_VERSION_MAJOR 0
#define XTAPE_VERSION_MINOR 1
#define XTAPE_VERSION_PATCH 0

#define XTAPE_DETAIL_TEXT_OF(x) #x
#define XTAPE_DETAIL_TEXT(x) XTAPE_DETAIL_TEXT_OF(x)

/// The version as text: "0.1.0".
#define XTAPE_VERSION                    \
  XTAPE_DETAIL_TEXT(XTAPE_VERSION_MAJOR) \
  "." XTAPE_DETAIL_TEXT(XTAPE_VERSION_MINOR) "." XTAPE_DETAIL_TEXT(XTAPE_VERSION_PATCH)
