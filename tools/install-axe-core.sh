#!/usr/bin/env bash
# The accessibility checks of axe-core (npm registry, MPL-2.0), from a committed lock. Needs npm.
# Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
recipe=tests/browser/axe
dest=$TOOLS_DIR/axe-core
wanted=$(cksum < $recipe/package-lock.json)
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$wanted" ]]; then
  command -v npm > /dev/null || apt_install nodejs npm
  needs_commands npm
  rm -rf "$dest"
  npm_into "$dest" $recipe
  printf '%s\n' "$wanted" > "$dest/.complete"
fi
echo "$dest"
