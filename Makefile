# Two commands on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: help demo test fast check bench clean

help:
	@echo "make demo   a simulated patient, from CT to report (trabecula-demo/report.html)"
	@echo "make test   every test, slow ones too"
	@echo "make fast   the tests that take under a second each"
	@echo "make check  format, lint, types, import contracts, gamut"
	@echo "make bench  speed and memory, written to docs/benchmarks.md"

# uv is quicker where it is there; plain venv and pip do the same.
$(STAMP): pyproject.toml constraints.txt
	@if command -v uv >/dev/null 2>&1; then \
	  test -x $(BIN)/python || uv venv -q --python $(PYTHON) $(VENV); \
	  uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else \
	  test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV); \
	  $(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'; \
	fi
	@touch $@

demo: $(STAMP)
	$(BIN)/trabecula demo

test: $(STAMP)
	$(BIN)/pytest -n auto

fast: $(STAMP)
	$(BIN)/pytest -n auto -m "not slow"

check: $(STAMP)
	$(BIN)/ruff format --check src tests benchmarks validation
	$(BIN)/ruff check src tests benchmarks validation
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/trabecula gamut check

bench: $(STAMP)
	$(BIN)/python benchmarks/whole_way.py --write docs/benchmarks.md

clean:
	rm -rf $(VENV) build dist trabecula-demo .pytest_cache .mypy_cache .ruff_cache
