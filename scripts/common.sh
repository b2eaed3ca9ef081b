# What the scripts share; sourced by them, from anywhere.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# To build the library and its programs.
kBuildPackages=(g++ cmake ninja-build ccache pkg-config
  libxtensor-dev libxtensor-blas-dev libxsimd-dev libopenblas-openmp-dev libdnnl-dev zlib1g-dev libpng-dev libjpeg-dev nlohmann-json3-dev libboost-dev libcli11-dev libcairo2-dev
  fonts-dejavu-core)
# To measure it, also beside PyTorch and JAX.
kBenchPackages=(libbenchmark-dev)
kPeerPackages=(python3-venv python3-dev)
declare -A kPeerVersions=([torch]=2.13.0 [jax]=0.10.2 [safetensors]=0.8.0)   # of what pip installs
kPeerVenv=build/bench/venv
# To test it too.
kTestPackages=(libgtest-dev "${kBenchPackages[@]}" clang-format)

# A file that the cache has not seen is read once, by the compiler, which tells what it depends on. The sloppiness is what
# precompiled headers need.
export CCACHE_DEPEND=${CCACHE_DEPEND:-true} CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'xtape: %s\n' "$*" >&2; exit 1; }
misuse() { printf 'scripts/%s: %s; see scripts/%s --help\n' "${0##*/}" "$*" "${0##*/}" >&2; exit 2; }

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

# install_compiler: the one that CXX names, by Debian's names (clang++-19 is in clang-19, g++-15 in g++-15), and with clang
# its sanitizers.
install_compiler() {
  [ -n "${CXX:-}" ] || return 0
  command -v "$CXX" >/dev/null || install_packages "${CXX/clang++/clang}"
  case ${CXX##*/} in
    clang++*) install_packages "libclang-rt-$("$CXX" -dumpversion | cut -d. -f1)-dev" ;;
  esac
}

# build PRESET [CMAKE_OPTION...] -- [TARGET...]: configures and builds into build/PRESET; anew where CXX
# names another compiler than the one that is there.
build() {
  local preset=$1 options=() targets=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  if [ $# -gt 1 ]; then targets=(--target "${@:2}"); fi
  local cache=build/$preset/CMakeCache.txt
  if [ -n "${CXX:-}" ] && [ -f "$cache" ] && ! grep -qx "CMAKE_CXX_COMPILER:[A-Z]*=$(command -v "$CXX")" "$cache"; then
    options+=(--fresh)
  fi
  say "Building build/$preset"
  cmake --preset "$preset" "${options[@]}"
  cmake --build "build/$preset" --parallel "$(nproc)" "${targets[@]}"
}

# check PRESET [CMAKE_OPTION...] -- TARGET...: builds the targets with warnings as errors, and runs the tests.
check() {
  local preset=$1
  build "$preset" -DXTAPE_BUILD_TESTS=ON -DXTAPE_BUILD_EXAMPLES=ON -DXTAPE_BUILD_BENCHMARKS=ON \
    -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "${@:2}"
  say "Testing build/$preset"
  ctest --preset "$preset" --parallel "$(nproc)"
}

# install_peer VENV NAME: a package of Python into the virtual environment, unless it is there.
install_peer() {
  local venv=$1 name=$2 version=${kPeerVersions[$2]}
  local there="import importlib.metadata as m; exit(m.version('$name').split('+')[0] != '$version')"
  "$venv/bin/python" -c "$there" 2>/dev/null && return
  say "Installing $name $version into $venv"
  "$venv/bin/python" -m pip install -q --no-input --retries 1 "$name==$version" 2>build/bench/pip.log && return
  say "Left out: $name, since pip could not install it (build/bench/pip.log says why)"
  return 1
}

# install_peers NAME...: into kPeerVenv, which is made where it is not there. Fails, having said so, where none of them
# could be installed.
install_peers() {
  (install_packages "${kPeerPackages[@]}") || true
  mkdir -p build/bench
  if ! "$kPeerVenv/bin/python" -m pip --version >/dev/null 2>&1 &&
    ! python3 -m venv --clear "$kPeerVenv" >build/bench/venv.log 2>&1; then
    rm -rf "$kPeerVenv"
    say "Left out: $*, since there is no Python here that makes virtual environments"
    return 1
  fi
  local name none=1
  for name in "$@"; do
    if install_peer "$kPeerVenv" "$name"; then none=0; fi
  done
  return $none
}

# install_torch: where there is nothing to compare with but PyTorch. `venv` becomes the folder.
install_torch() {
  venv=$kPeerVenv
  if ! install_peers torch || ! install_peers safetensors; then
    fail "PyTorch is needed; --venv takes a virtual environment that has it"
  fi
}

# use_venv FOLDER [MODULE...]: `venv` becomes the path of a virtual environment that the user named, from where the script
# was started. It is a mistake where there is none, or a module is missing.
use_venv() {
  venv=$1
  [[ $venv = /* ]] || venv=$OLDPWD/$venv   # this script changed the folder
  [ -x "$venv/bin/python" ] || misuse "no virtual environment in '$venv'"
  local module
  for module in "${@:2}"; do
    "$venv/bin/python" -c "import importlib.util as u; exit(u.find_spec('$module') is None)" ||
      misuse "no Python module '$module' in '$venv'"
  done
}

# data_from_here DATA: for --data of a program. A folder is meant from where the script was started.
data_from_here() {
  case $1 in
    mnist | fashion-mnist | digits | /*) printf '%s\n' "$1" ;;
    *) if [ -d "$OLDPWD/$1" ]; then printf '%s\n' "$OLDPWD/$1"; else printf '%s\n' "$1"; fi ;;
  esac
}
