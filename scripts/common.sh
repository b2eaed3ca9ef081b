# What the scripts share; sourced by them, from anywhere.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# To build the library and its programs.
kBuildPackages=(g++ cmake ninja-build ccache pkg-config
  libxtensor-dev libxtensor-blas-dev libxsimd-dev libopenblas-openmp-dev libdnnl-dev zlib1g-dev nlohmann-json3-dev libcli11-dev libcairo2-dev
  fonts-dejavu-core)
# To measure it, also beside PyTorch and JAX.
kBenchPackages=(libbenchmark-dev)
kPeerPackages=(python3-venv python3-dev)
# To test it too.
kTestPackages=(libgtest-dev "${kBenchPackages[@]}" clang-format)

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'xtape: %s\n' "$*" >&2; exit 1; }

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

# as_root COMMAND...: with sudo where this is not root.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages NAME...: installs what is missing, and does nothing (offline too) where nothing is.
install_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "No apt here, so nothing is installed. Needed, by Debian's names: $*"
    return   # if something is missing, the configuration says what
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "this needs root, and there is no sudo; run as root: apt-get install ${missing[*]}"
  fi
  as_root apt-get update -q || say "apt-get update failed; trying with the package lists that are here"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# build PRESET [CMAKE_OPTION...] -- [TARGET...]: configures and builds into build/PRESET.
build() {
  local preset=$1 options=() targets=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  if [ $# -gt 1 ]; then targets=(--target "${@:2}"); fi
  say "Building build/$preset"
  cmake --preset "$preset" "${options[@]}"
  cmake --build "build/$preset" --parallel "$(nproc)" "${targets[@]}"
}
