#!/usr/bin/env bash
# kustomize by itself, which runs transformers of others; kubectl's never does. Built from the Go
# module proxy (a minute once). Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/kustomize
version=5.7.1
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  # shellcheck source=tools/go.sh
  . tools/go.sh
  rm -rf "$dest"
  go_command "$dest" "sigs.k8s.io/kustomize/kustomize/v5@v$version"
  printf '%s\n' "$version" > "$dest/.complete"
fi
echo "$dest"
