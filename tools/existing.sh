#!/usr/bin/env bash
# Prints those of the given folders that exist, so that a target may name a folder to come.
set -euo pipefail
for folder in "$@"; do
  [[ -d $folder ]] && printf '%s ' "$folder"
done
exit 0
