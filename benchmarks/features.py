"""Accuracy of IRLLRec with and without its savings: reduced features, fewer nodes per contrast, fewer steps.

python -m benchmarks.features --root DIR --seeds 0 1 2
"""

from . import arguments, runs

WHOLE = {"feature_dim": 1_000_000, "contrast_size": 1_000_000, "every": 1}
#: Arguments of IRLLRec by variant. Sizes above those of the data leave everything as it is.
VARIANTS = {"reduced": {}, "whole": WHOLE}


def main() -> None:
    """Trains the preset in each variant, and prints means over seeds."""
    args = arguments.parse_training(__doc__, "reduction", {"variant": [*VARIANTS]}, variant=[*VARIANTS])
    settings = {name: {f"enhancers.irllrec.{key}": value for key, value in VARIANTS[name].items()} for name in VARIANTS}
    cases = [runs.Case(args.backbone[0], "irllrec", {"variant": name}, settings[name]) for name in args.variant]
    runs.over_seeds(runs.run(cases, args), "dataset", "method", "variant")


if __name__ == "__main__":
    main()
