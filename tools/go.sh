# shellcheck shell=bash
# For sourcing, after tools/lib.sh: builds commands from the Go module proxy. Modules and objects are kept
# in $TOOLS_DIR/go, so that the parts share them and a second build is short.
PATH=$PATH:/usr/local/go/bin
export GOPATH=$TOOLS_DIR/go GOCACHE=$TOOLS_DIR/go/objects GOTOOLCHAIN=local GOWORK=off
export CGO_ENABLED=0 GOFLAGS='-buildvcs=false -modcacherw'
go_1_26=$(go version 2> /dev/null | grep -E 'go1\.(2[6-9]|[3-9][0-9])' || true)
[[ -n $go_1_26 ]] || fail 69 "needs Go 1.26 or later"

# Build a command of a module that replaces nothing: `go_command FOLDER PACKAGE@VERSION`.
go_command() {
  GOBIN=$1 try_thrice nice go install -trimpath -ldflags '-s -w' "$2"
}

# Build a command that `go install` refuses because its module replaces others: within a module of
# our own only the replacements written here count. `go_wrapped FOLDER PACKAGE GO_MOD [LDFLAGS]`.
go_wrapped() {
  local folder=$1 package=$2
  mkdir -p "$folder/source"
  printf '%s\n' "$3" > "$folder/source/go.mod"
  printf '//go:build tools\n\npackage build\n\nimport _ "%s"\n' "$package" \
    > "$folder/source/tools.go"
  (cd "$folder/source" && try_thrice nice go build -mod=mod -trimpath -ldflags "-s -w ${4:-}" \
    -o "$folder/${package##*/}" "$package")
  rm -r "$folder/source"
}
