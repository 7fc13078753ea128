#!/usr/bin/env bash
# Prometheus and promtool of this Debian release, taken out of the package and not installed: nothing
# of the machine is changed and no service starts. Tried with 2.42. Prints the folder, in which
# `prometheus` and `promtool` are; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/prometheus
if [[ ! -e $dest/.complete ]]; then
  needs_commands apt-get dpkg-deb
  rm -rf "$dest"
  mkdir -p "$dest/packages"
  if [[ $(id -u) == 0 ]]; then apt-get update -qq || true; fi
  (cd "$dest/packages" && try_thrice apt-get download -qq prometheus)
  for package in "$dest"/packages/*.deb; do dpkg-deb -x "$package" "$dest/packages/files"; done
  mv "$dest/packages/files/usr/bin/prometheus" "$dest/packages/files/usr/bin/promtool" "$dest"
  rm -r "$dest/packages"
  "$dest/promtool" --version
  touch "$dest/.complete"
fi
echo "$dest"
