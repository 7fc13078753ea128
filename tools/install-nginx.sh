#!/usr/bin/env bash
# nginx with auth_request: the one that is there, or Debian's, taken out of its package and not
# installed. Prints where it is.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/nginx
if [[ ! -e $dest/.complete ]]; then
  rm -rf "$dest"
  mkdir -p "$dest"
  found=$(PATH=$PATH:/usr/sbin command -v nginx || true)
  if [[ -z $found ]]; then
    unpack_debian "$dest" nginx
    found=$dest/usr/sbin/nginx
  fi
  "$found" -V 2>&1 | grep -q http_auth_request_module || fail 69 "$found has no auth_request"
  ln -sf "$found" "$dest/nginx"
  touch "$dest/.complete"
fi
echo "$dest"
