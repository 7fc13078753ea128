# shellcheck shell=bash
# For sourcing. Downloads go to $TOOLS_DIR, ./.tools unless told; nothing is kept elsewhere.
set -euo pipefail
TOOLS_DIR=${TOOLS_DIR:-$PWD/.tools}
mkdir -p "$TOOLS_DIR"
TOOLS_DIR=$(cd "$TOOLS_DIR" && pwd -P) # npm ci fails below a symbolic link

# Say why and end: `fail CODE TEXT...`. 69 = something is missing, 75 = try again later.
fail() {
  local code=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$code"
}

# Each command must exist: `needs_commands curl unzip`.
needs_commands() {
  local name
  for name in "$@"; do
    command -v "$name" > /dev/null || fail 69 "needs $name"
  done
}

# Run a download up to three times: registries have hiccups.
try_thrice() {
  local try
  for try in 1 2 3; do
    if "$@"; then return 0; fi
    printf '%s: try %s failed\n' "${0##*/}" "$try" >&2
    sleep $((try * 3))
  done
  fail 75 "could not fetch: $*"
}

# Install Debian packages where that is possible without asking; otherwise fail with the command.
apt_install() {
  local run=()
  command -v apt-get > /dev/null || fail 69 "needs $*, and this is not Debian"
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2> /dev/null || fail 69 "run: sudo apt-get install $*"
    run=(sudo -n)
  fi
  local quiet="$TOOLS_DIR/apt.log"
  "${run[@]}" apt-get update -qq > "$quiet" 2>&1 || true
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "$@" >> "$quiet" 2>&1 || { tail -5 "$quiet" >&2; fail 75 "apt-get install $* failed"; }
}

# Take Debian packages apart into a folder; nothing is installed: `unpack_debian FOLDER PACKAGE...`.
unpack_debian() {
  local folder=$1 packages package
  shift
  needs_commands apt-get dpkg-deb
  packages=$(mktemp -d "$TOOLS_DIR/.packages.XXXXXX")
  if [[ $(id -u) == 0 ]]; then apt-get update -qq || true; fi
  (cd "$packages" && try_thrice apt-get download -qq "$@")
  mkdir -p "$folder"
  for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$folder"; done
  rm -r "$packages"
}

# Make a virtual environment of packages from PyPI: `pip_into FOLDER ARGUMENT...`.
pip_into() {
  local folder=$1
  shift
  "${PYTHON:-python3}" -m venv "$folder"
  try_thrice "$folder/bin/pip" install -q --disable-pip-version-check "$@"
}

# Install from a committed lock of npm, running no scripts: `npm_into FOLDER RECIPE`.
npm_into() {
  mkdir -p "$1"
  cp "$2/package.json" "$2/package-lock.json" "$1/"
  try_thrice npm ci --prefix "$1" --no-fund --no-audit --ignore-scripts --loglevel=error
}
