#!/usr/bin/env bash
# What runs an image without an engine: runc, umoci (unpacks OCI layouts) and the system call filter
# of container engines, taken out of Debian's packages and not installed. Prints its folder; the
# second run costs nothing. Containers need root, or a machine that lets users make namespaces.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/runc
if [[ ! -e $dest/.complete ]]; then
  needs_commands ip
  [[ $(id -u) == 0 ]] || fail 69 "needs root: containers get namespaces and limits"
  rm -rf "$dest"
  unpack_debian "$dest" runc umoci libseccomp2 golang-github-containers-common
  libraries=$(find "$dest/usr/lib" -name 'libseccomp.so.2' -printf '%h\n' -quit)
  printf '#!/bin/bash\nLD_LIBRARY_PATH=%q exec %q "$@"\n' \
    "$libraries" "$dest/usr/sbin/runc" > "$dest/runc"
  chmod 755 "$dest/runc"
  cp "$dest/usr/bin/umoci" "$dest/umoci"
  cp "$dest/usr/share/containers/seccomp.json" "$dest/seccomp.json"
  "$dest/runc" --version
  "$dest/umoci" --version
  touch "$dest/.complete"
fi
echo "$dest"
