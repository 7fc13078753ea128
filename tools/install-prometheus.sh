#!/usr/bin/env bash
# Prometheus and promtool of this Debian release, taken out of the package and not installed: nothing
# of the machine is changed and no service starts. Tried with 2.42. Prints the folder, in which
# `prometheus` and `promtool` are; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/prometheus
if [[ ! -e $dest/.complete ]]; then
  rm -rf "$dest"
  unpack_debian "$dest/files" prometheus
  mv "$dest/files/usr/bin/prometheus" "$dest/files/usr/bin/promtool" "$dest"
  rm -r "$dest/files"
  "$dest/promtool" --version
  touch "$dest/.complete"
fi
echo "$dest"
