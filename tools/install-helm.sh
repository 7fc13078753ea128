#!/usr/bin/env bash
# Helm, which renders the chart, and kubeconform, which holds manifests against schemas. Built from
# the Go module proxy (four minutes once). Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/helm
wanted='helm v3.22.0, kubeconform v0.8.0'
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$wanted" ]]; then
  # shellcheck source=tools/go.sh
  . tools/go.sh
  rm -rf "$dest"
  go_command "$dest" github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  go_command "$dest" helm.sh/helm/v3/cmd/helm@v3.22.0
  printf '%s\n' "$wanted" > "$dest/.complete"
fi
echo "$dest"
