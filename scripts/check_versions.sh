#!/bin/sh
# Runs a part of the suite with the oldest dependencies that pyproject.toml allows, and with the newest ones.
# usage: check_versions.sh [lowest] [newest]   FOLDER (default: .venv/versions) keeps the environments, PYTHON makes them
set -eu
cd "$(dirname "$0")/.."
folder=${FOLDER:-.venv/versions}
tests="tests/test_imports.py tests/nn tests/ops tests/losses tests/ranking tests/models tests/training tests/text
    tests/recommender/test_recommend.py tests/recommender/test_saving.py tests/recommender/test_update.py tests/search/test_fit.py"

"${PYTHON:-python3}" -m venv "$folder/uv"
"$folder/uv/bin/pip" install -q uv
for which in ${*:-lowest newest}; do
    case $which in
    lowest) resolution=lowest-direct ;;
    newest) resolution=highest ;;
    *) echo "'$which' is neither lowest nor newest" >&2 && exit 2 ;;
    esac
    "${PYTHON:-python3}" -m venv --clear "$folder/$which"
    "$folder/uv/bin/uv" pip install -q --python "$folder/$which/bin/python" --resolution "$resolution" -e ".[words,json]" "pytest>=8.0"
    "$folder/uv/bin/uv" pip install -q --python "$folder/$which/bin/python" --no-deps gguf # for tests of such models
    "$folder/uv/bin/uv" pip freeze -q --python "$folder/$which/bin/python" | grep -E "^(torch|torch-geometric|transformers|accelerate|numpy|pandas|scipy)=="
    # shellcheck disable=SC2086
    "$folder/$which/bin/python" -m pytest -q -p no:cacheprovider $tests
    echo "the $which versions work"
done
