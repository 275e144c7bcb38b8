# Every target sets up what it needs; a bare `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
export PREFECT_SERVER_ANALYTICS_ENABLED = false
export DO_NOT_TRACK = 1
# What is imported is compiled once and kept, whatever the surroundings say: else every process compiles its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test check bench lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready ## make .venv with the locked, hashed dependencies

# uv installs what the lock names several times faster than pip; where uv cannot reach the index, pip does it. Both compile
# what they install, so that the first start of a command is as fast as the others, also where nothing may be written then.
.venv/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is not there. Install Python 3.11, or say make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	@touch $@

demo: .venv/.ready ## real data, a warehouse, twenty months of nights, the last one through the Prefect flow
	$(BIN)/detect demo

# In the order of their names the files with the longest stories (acceptance) begin first, and no worker is left alone with one.
test: .venv/.ready ## the whole test suite
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

check: .venv/.ready ## lint, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.ready ## quality and speed, side by side with what a user would pick instead
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.payments

lock: .venv/.ready ## resolve the dependencies anew into requirements.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --extra dev --extra arrow --extra duckdb pyproject.toml -o requirements.lock

clean: ## remove what the other targets made
	rm -rf .venv demo var build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
