#!/usr/bin/env bash
# The Caddy of this Debian release, taken out of its package and not installed. Prints its folder; the
# second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/caddy
if [[ ! -e $dest/.complete ]]; then
  rm -rf "$dest"
  unpack_debian "$dest" caddy libzstd1
  libraries=$(find "$dest/usr/lib" -name 'libzstd.so.1' -printf '%h\n' -quit)
  printf '#!/bin/bash\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$libraries" "$dest/usr/bin/caddy" \
    > "$dest/caddy"
  chmod 755 "$dest/caddy"
  "$dest/caddy" version
  touch "$dest/.complete"
fi
echo "$dest"
