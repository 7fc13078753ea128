#!/usr/bin/env bash
# What the applications in examples/ need: two Python environments' packages, Node packages from a
# committed lock, and a Go program built. Prints its folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/examples
wanted=$(cat examples/*/requirements.txt examples/express/package-lock.json examples/go/* | cksum)
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$wanted" ]]; then
  command -v npm > /dev/null || apt_install nodejs npm
  PATH=$PATH:/usr/local/go/bin
  command -v go > /dev/null || apt_install golang-go
  needs_commands node npm go
  rm -rf "$dest"
  pip_into "$dest/venv" -r examples/flask/requirements.txt -r examples/fastapi/requirements.txt
  npm_into "$dest/express" examples/express
  (cd examples/go && CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOCACHE=$dest/go-cache \
    go build -trimpath -o "$dest/go-example" .)
  rm -rf "$dest/go-cache"
  printf '%s\n' "$wanted" > "$dest/.complete"
fi
echo "$dest"
