"""Writes into README.md what its first example prints, for the table of the examples.

python -m benchmarks.example
"""

import io
import os
import shutil
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from . import results

ROOT = Path(__file__).parents[1]
CODE = """\
import irllrec_pyg

ranker = irllrec_pyg.fit("reviews.csv", budget="3 trials")  # or "10min"
engine = ranker.engine  # the ranker with its data
best = engine.recommend(users=["ann"], k=3)  # a table in your own ids
print(best)
print(engine.explain("ann", best["item"][0]))
print(engine.recommend_for(history=["K01", "K07"], k=2))  # someone new
engine.save_pretrained("engine")
engine = irllrec_pyg.Engine.from_pretrained("engine")
"""


def printed() -> str:
    """What the example prints in the current folder."""
    shutil.copy(ROOT / "examples" / "reviews.csv", "reviews.csv")
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(CODE, "README.md", "exec"), {})
    return out.getvalue()


def write(page: Path, output: str) -> None:
    """Writes code and output between the marks of a page."""
    results.put(["```python", CODE.rstrip(), "```", "", "```text", output.rstrip(), "```"], "example", page)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write(ROOT / "README.md", printed())
