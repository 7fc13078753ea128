#!/usr/bin/env bash
# The types of Grafana dashboards and TypeScript (npm registry, Apache-2.0), from a committed lock. Needs npm.
# Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
recipe=tests/dashboard/schema
dest=$TOOLS_DIR/grafana-schema
wanted=$(cksum < $recipe/package-lock.json)
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$wanted" ]]; then
  command -v npm > /dev/null || apt_install nodejs npm
  needs_commands node npm
  rm -rf "$dest"
  npm_into "$dest" $recipe
  printf '%s\n' "$wanted" > "$dest/.complete"
fi
echo "$dest"
