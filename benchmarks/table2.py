"""Table 2 of the paper: backbones and the methods that enhance them, one row per method, dataset and seed.

python -m benchmarks.table2 --dataset amazon-movie --root DIR --backbone lightgcn sgl --seeds 0 1 2
python -m benchmarks.table2 --dataset lastfm --root DIR --method base text-ranking text-ranking-shuffled
python -m benchmarks.table2 --dataset lastfm --root DIR --backbone alpharec semantic-only --method base base-shuffled
python -m benchmarks.table2 --report [--paper table2.csv] [--plot FILE.png] [--write README.md]

A run whose identity is in the results is not repeated, and an interrupted one continues from its checkpoint in --out.
Hyper-parameters come from the presets; the epoch is chosen on the validation split; the test split is read once.
"""

from __future__ import annotations

import pandas as pd

from . import report, results, runs
from .arguments import parse_training

RESULTS = results.FOLDER / "table2.csv"


def main() -> None:
    """Runs what is missing, or reports."""
    args = parse_training(__doc__, RESULTS, method=["base"], report=False, paper=None, plot=None, write=None)
    if not args.report:
        cases = [runs.Case(backbone, method) for backbone in args.backbone for method in args.method]
        runs.run(cases, args)
        return
    table = report.compare(results.read(args.results), pd.read_csv(args.paper) if args.paper else None)
    print(table.to_string(na_rep=""))
    if args.plot:
        report.draw(table, args.plot)
    if args.write:
        report.write(table, args.write)


if __name__ == "__main__":
    main()
