#!/bin/sh
# Installs torch-scatter, which is optional, from a wheel that is built once for this Python and torch, and kept.
# usage: install_torch_scatter.sh BIN_FOLDER WHEEL_FOLDER
bin=$1
folder=$2/$("$bin/python" -c 'import sys, torch; print(f"py{sys.version_info[0]}{sys.version_info[1]}-torch{torch.__version__}")')
if ! ls "$folder"/torch_scatter-*.whl >/dev/null 2>&1; then
    echo "building torch-scatter (minutes, once)"
    MAX_JOBS=${MAX_JOBS:-2} "$bin/pip" wheel -q --no-build-isolation --no-deps -w "$folder" torch-scatter
fi
"$bin/pip" install -q --no-deps "$folder"/torch_scatter-*.whl ||
    echo "warning: torch-scatter could not be built; everything works without it" >&2
exit 0
