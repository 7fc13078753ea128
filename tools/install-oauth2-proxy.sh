#!/usr/bin/env bash
# oauth2-proxy, whose behaviour is taken over: an oracle that tests ask, never a part of the product.
# Built of its module from the Go proxy (once, some minutes). Prints its folder; the second run costs
# nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/oauth2-proxy
version=v7.15.4
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  # shellcheck source=tools/go.sh
  . tools/go.sh
  rm -rf "$dest"
  package=github.com/oauth2-proxy/oauth2-proxy/v7
  mkdir -p "$dest/source"
  printf 'module build\n\ngo 1.26.0\n' > "$dest/source/go.mod"
  # The module replaces others, which `go install` refuses: it is built within a module of our own.
  (cd "$dest/source" \
    && try_thrice go get -tool "$package@$version" \
    && GOBIN=$PWD/.. try_thrice nice go install -trimpath -ldflags '-s -w' "$package")
  rm -r "$dest/source"
  "$dest/oauth2-proxy" --version
  printf '%s\n' "$version" > "$dest/.complete"
fi
echo "$dest"
