#!/bin/sh
# Builds the source archive and from it the wheel, installs the wheel into an environment of its own, and uses it there.
# The dependencies are those of the environment of $1 (default: .venv/bin/python), so that nothing is downloaded.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=$(cd "$root" && command -v "${1:-.venv/bin/python}")
case $python in /*) ;; *) python=$root/$python ;; esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$python" -m build --no-isolation --outdir "$folder" "$root" >"$folder/build.log" 2>&1 || { cat "$folder/build.log"; exit 1; }
tar -xzf "$folder"/irllrec_pyg-*.tar.gz -C "$folder"
source=$(echo "$folder"/irllrec_pyg-*/)
for file in CHANGELOG.md docs/index.md docs/conf.py examples/reviews.csv tests/conftest.py irllrec_pyg/py.typed; do
    test -f "$source/$file" || { echo "the source archive lacks $file; add it to MANIFEST.in" >&2; exit 1; }
done

"$python" -m venv "$folder/env"
"$folder/env/bin/pip" install -q --no-deps --no-index --disable-pip-version-check "$folder"/irllrec_pyg-*.whl
packages=$("$python" -c "import sysconfig; print(sysconfig.get_path('purelib'))")
echo "$packages" >"$("$folder/env/bin/python" -c "import sysconfig; print(sysconfig.get_path('purelib'))")/dependencies.pth"

cd "$folder" # away from the repository, so that only the wheel can be imported
"$folder/env/bin/python" -c "
import importlib, pathlib, pkgutil, irllrec_pyg
assert pathlib.Path(irllrec_pyg.__file__).is_relative_to('$folder'), irllrec_pyg.__file__
for module in pkgutil.iter_modules(irllrec_pyg.__path__, 'irllrec_pyg.'):
    importlib.import_module(module.name)
"
"$folder/env/bin/irllrec" fit "$source/examples/reviews.csv" --no-text --budget "1 trial" --save engine >report.txt 2>fit.log ||
    { cat fit.log; exit 1; }
"$folder/env/bin/irllrec" recommend engine --user ann --k 3
"$folder/env/bin/irllrec-intents" --help >/dev/null
echo "the wheel works: $(basename "$folder"/irllrec_pyg-*.whl), $(du -h "$folder"/irllrec_pyg-*.whl | cut -f1)"
