#!/usr/bin/env bash
# A browser that Playwright can drive: one that is there, or Debian's.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
for name in chromium chromium-browser google-chrome; do
  if command -v "$name"; then exit 0; fi
done
apt_install chromium
command -v chromium
