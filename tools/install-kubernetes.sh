#!/usr/bin/env bash
# The API server of Kubernetes with etcd: admits or refuses objects as a cluster does, and runs
# none; and kubectl. Both are built from the Go module proxy (ten minutes once), etcd comes out of
# Debian's package and is not installed. Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/kubernetes
version=1.37.2

# Build one of its commands: `build_command NAME`.
build_command() {
  # shellcheck source=tools/go.sh
  . tools/go.sh
  # The parts of Kubernetes that its module replaces by folders of its own repository.
  local parts=(api apiextensions-apiserver apimachinery apiserver cli-runtime client-go
    cloud-provider cluster-bootstrap code-generator component-base component-helpers
    controller-manager cri-api cri-client cri-streaming csi-translation-lib
    dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator
    kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils
    pod-security-admission sample-apiserver sample-cli-plugin sample-controller streaming)
  local replaced stamp=k8s.io/component-base/version
  replaced=$(printf '%s\n' "${parts[@]}" \
    | sed "s|.*|replace k8s.io/& => k8s.io/& v0.${version#1.}|")
  go_wrapped "$dest" "k8s.io/kubernetes/cmd/$1" \
    $'module build\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes v'"$version"$'\n\n'"$replaced" \
    "-X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=37"
}

if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  rm -rf "$dest"
  unpack_debian "$dest/package" etcd-server
  mv "$dest/package/usr/bin/etcd" "$dest/"
  rm -r "$dest/package"
  build_command kube-apiserver
  build_command kubectl
  printf '%s\n' "$version" > "$dest/.complete"
fi
# A folder of before kubectl was built here.
[[ -x $dest/kubectl ]] || build_command kubectl
echo "$dest"
