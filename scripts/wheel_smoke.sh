#!/usr/bin/env bash
# Build the wheel, install it in a fresh venv, and run the main job from elsewhere.
# The dependencies come from the venv that built it: what is tested is the wheel.
set -euo pipefail
python=$(realpath -s "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m hatchling build -t wheel -d "$work" > /dev/null
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index "$work"/*.whl
site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cd "$work"
export PYTHONPATH="$site" PYTHONSAFEPATH=1
test "$("$work/venv/bin/python" -c 'import efadoctor; print(efadoctor.__file__)')" = \
  "$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/efadoctor/__init__.py" \
  || { echo "the wheel's own package was not the one imported" >&2; exit 1; }
"$work/venv/bin/efadoctor" --version
"$work/venv/bin/efadoctor" demo > demo.txt
grep -q EFA105 demo.txt || { echo "the demo names no EFA105" >&2; exit 1; }
test -x "$work/venv/bin/kubectl-efadoctor"
