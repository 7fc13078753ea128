#!/usr/bin/env bash
# Istio: istioctl, its control plane (pilot-discovery), the agent of its proxies, and its charts, from
# the Go module proxy (built once, see docs/decisions/0052); iptables, which the agent calls, out of
# Debian's packages and not installed. The proxy itself is Envoy: tools/install-envoy.sh. Prints its
# folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/istio
# The module has no versions: this is 1.31, and whose custom resources the schemas are of.
version=v0.0.0-20260827124520-eed52ebb66ad
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  needs_commands ip
  [[ $(id -u) == 0 ]] || fail 69 "needs root: pods get networks of their own"
  # shellcheck source=tools/go.sh
  . tools/go.sh
  rm -rf "$dest"
  unpack_debian "$dest/debian" iptables libip4tc2 libip6tc2 libxtables12 libmnl0 libnftnl11 \
    libnetfilter-conntrack3 libnfnetlink0

  for command in pilot/cmd/pilot-discovery pilot/cmd/pilot-agent istioctl/cmd/istioctl; do
    go_command "$dest" "istio.io/istio/$command@$version"
  done
  module=$GOPATH/pkg/mod/istio.io/istio@$version
  cp "$module/tools/packaging/common/envoy_bootstrap.json" "$dest/"
  cp -r "$module/manifests/charts/istio-control/istio-discovery" "$dest/chart"
  chmod -R u+w "$dest"
  printf '%s\n' "$version" > "$dest/.complete"
fi
echo "$dest"
