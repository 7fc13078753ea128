#!/usr/bin/env bash
# Makes ./.venv with the pinned packages and sidegate itself, editable. PYTHON chooses the
# interpreter. Returns at once when neither the pins nor pyproject.toml changed.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh

suits() { command -v "$1" > /dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if suits "$name"; then
      command -v "$name"
      return
    fi
  done
  fail 69 "needs Python 3.11 or later${PYTHON:+, and PYTHON=$PYTHON is not}"
}

python=$(find_python)
wanted=$({ "$python" -VV; cat requirements/dev.txt pyproject.toml; } | cksum)
stamp=.venv/.stamp
[[ $(cat "$stamp" 2> /dev/null) == "$wanted" ]] && exit 0

echo "Setting up .venv with $("$python" --version) ..."
rm -f "$stamp"
if [[ -x .venv/bin/python && $(.venv/bin/python -VV) != "$("$python" -VV)" ]]; then rm -rf .venv; fi
if [[ ! -x .venv/bin/pip ]]; then
  "$python" -c 'import ensurepip, venv' 2> /dev/null || apt_install python3-venv
  "$python" -m venv .venv
fi
pip=(.venv/bin/python -m pip --quiet --disable-pip-version-check)
try_thrice "${pip[@]}" install --compile --requirement requirements/dev.txt
# The build backend is among the pins, so nothing unpinned is fetched for the editable install.
"${pip[@]}" install --no-build-isolation --no-deps --editable '.[demo]'
"${pip[@]}" check
.venv/bin/python -m compileall -q src
printf '%s\n' "$wanted" > "$stamp"
