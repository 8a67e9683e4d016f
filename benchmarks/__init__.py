"""Scripts that rebuild the tables and figures, and measure cost; run one as ``python -m benchmarks.NAME``."""
