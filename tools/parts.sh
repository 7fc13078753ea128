#!/usr/bin/env bash
# Fetches the real parts the tests use. A part that cannot be had is written down with its reason
# in $TOOLS_DIR/missing; the tests that need it say so, and fail under CI=true.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
mkdir -p "$TOOLS_DIR/missing"
if (($# == 0)); then
  set -- chromium oidc-provider keycloak examples redis prometheus axe-core grafana-schema helm \
    kustomize manifest-schemas kubernetes runc image arm64 istio envoy hadolint nginx caddy otelcol \
    oauth2-proxy
fi
for part in "$@"; do
  log=$TOOLS_DIR/$part.log
  if "tools/install-$part.sh" > "$log" 2>&1; then
    rm -f "$TOOLS_DIR/missing/$part"
  else
    tail -1 "$log" > "$TOOLS_DIR/missing/$part"
    echo "Without $part: $(cat "$TOOLS_DIR/missing/$part")" >&2
  fi
done
