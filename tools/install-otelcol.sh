#!/usr/bin/env bash
# The core of the OpenTelemetry Collector: takes OTLP and prints what came. There is no program of
# it to be had without a container, so that one is built of its modules from the Go proxy (three
# minutes once). Prints the folder; the second run costs nothing.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
dest=$TOOLS_DIR/otelcol
version=0.165.0
stable=1.71.0 # of the modules that are
if [[ $(cat "$dest/.complete" 2> /dev/null) != "$version" ]]; then
  # shellcheck source=tools/go.sh
  . tools/go.sh
  rm -rf "$dest"
  mkdir -p "$dest/source"
  cp tools/otelcol/main.go "$dest/source"
  cat > "$dest/source/go.mod" << EOF
module build

go 1.26.0

require (
  go.opentelemetry.io/collector/confmap/provider/fileprovider v$stable
  go.opentelemetry.io/collector/exporter/debugexporter v$version
  go.opentelemetry.io/collector/otelcol v$version
  go.opentelemetry.io/collector/receiver/otlpreceiver v$version
)
EOF
  (cd "$dest/source" && try_thrice nice go build -mod=mod -trimpath -ldflags '-s -w' -o ../otelcol .)
  rm -r "$dest/source"
  "$dest/otelcol" --version
  printf '%s\n' "$version" > "$dest/.complete"
fi
echo "$dest"
