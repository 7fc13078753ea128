#!/usr/bin/env bash
# What the image is made of: packages of Debian and wheels, pinned by digest. Needs .venv, and
# apt-get of Debian 12. Prints its folder; the second run costs little.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/image
needs_commands apt-get dpkg-deb
if ! .venv/bin/python -m deploy.image fetch; then
  apt-get update -qq || true
  .venv/bin/python -m deploy.image fetch
fi
touch "$dest/.complete"
echo "$dest"
