#!/usr/bin/env bash
# What the image of the other architecture is made of, and an emulator that runs its programs to see
# whether they are right: nothing of it is needed to build. Prints its folder; the second run costs
# little.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/arm64
.venv/bin/python -m deploy.image fetch --architecture arm64
if [[ ! -e $dest/.complete ]]; then
  rm -rf "$dest"
  unpack_debian "$dest/package" qemu-user-static
  mv "$dest/package/usr/bin/qemu-aarch64-static" "$dest/"
  rm -r "$dest/package"
  "$dest/qemu-aarch64-static" --version
  touch "$dest/.complete"
fi
echo "$dest"
