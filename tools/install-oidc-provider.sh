#!/usr/bin/env bash
# The certified OpenID provider of the npm registry, from a committed lock. Needs Node 20+ and npm.
# Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
recipe=tests/integration/idp
dest=$TOOLS_DIR/oidc-provider
wanted=$(cksum < $recipe/package-lock.json)
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$wanted" ]]; then
  command -v npm > /dev/null || apt_install nodejs npm
  needs_commands node npm
  rm -rf "$dest"
  npm_into "$dest" $recipe
  printf '%s\n' "$wanted" > "$dest/.complete"
fi
echo "$dest"
