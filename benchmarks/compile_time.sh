#!/bin/bash
# How long a user's file takes to compile that includes autodiff/autodiff.hpp and differentiates one function, at -O2,
# with the flags that the package gives its users. The median of five.
#
#   benchmarks/compile_time.sh [BUILD_DIRECTORY]        (build/release unless said)
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-$root/build/release}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/user.cpp" <<'CODE'
#include <autodiff/autodiff.hpp>
#include <cstdio>

int main() {
  const auto f = [](const auto& x) { return xtape::sum(xtape::log(1.0 + xtape::square(x))); };
  const auto [value, gradient] = xtape::value_and_grad(f)(xt::xarray<double>{1.0, 2.0, 3.0});
  std::printf("%g %g\n", value, gradient(0));
}
CODE
cat > "$work/CMakeLists.txt" <<'CODE'
cmake_minimum_required(VERSION 3.25)
project(user CXX)
find_package(xtape REQUIRED)
add_executable(user user.cpp)
target_link_libraries(user PRIVATE xtape::autodiff)
CODE

cmake --install "$build" --prefix "$work/prefix" > /dev/null
cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O2 \
  -DCMAKE_CXX_COMPILER_LAUNCHER= -DCMAKE_EXPORT_COMPILE_COMMANDS=ON > /dev/null
cmake --build "$work/build" > /dev/null
"$work/build/user" > /dev/null

command=$(sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$work/build/compile_commands.json" | sed 's/\\"/"/g')
echo "$command"
for run in 1 2 3 4 5; do
  start=$(date +%s.%N)
  (cd "$work/build" && CCACHE_DISABLE=1 eval "$command")
  end=$(date +%s.%N)
  LC_ALL=C awk -v a="$start" -v b="$end" 'BEGIN { printf "%.2f\n", b - a }'
done | sort -n | sed -n 's/$/ s/; 3s/^/compile time, median of five: /p'
