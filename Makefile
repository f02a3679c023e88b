# Everything a contributor needs; `make help` lists it. Needs Python 3.11 or newer, and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo install test quick check lint types contracts docs docs-check smoke bench bench-live lock types-table pictures clean

help:  ## what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "efadoctor needs Python 3.11 or newer" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/runtime.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.runtime  ## the shipped incident: the TUI in a terminal, the text report elsewhere
	@$(BIN)/efadoctor demo

install: $(VENV)/.dev  ## everything for development, in .venv

test: $(VENV)/.dev  ## every test
	$(BIN)/pytest -n 2

quick: $(VENV)/.dev  ## the tests that take no time
	$(BIN)/pytest -n 2 -m "not slow"

check: lint types contracts docs-check test smoke  ## what CI runs

lint: $(VENV)/.dev  ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev  ## mypy strict on all there is, pyright on model, authoring and checks
	$(BIN)/mypy
	$(BIN)/basedpyright

contracts: $(VENV)/.dev  ## imports point one way
	$(BIN)/lint-imports

docs: $(VENV)/.dev  ## write docs/checks from the checks' own pages
	$(BIN)/python scripts/check_pages.py

docs-check: $(VENV)/.dev  ## docs/checks is what the checks say
	$(BIN)/python scripts/check_pages.py --check

smoke: $(VENV)/.dev  ## the wheel, installed elsewhere, runs
	bash scripts/wheel_smoke.sh $(BIN)/python

bench: $(VENV)/.dev  ## scheduling speed as ratios
	$(BIN)/python benchmarks/scheduling.py
	$(BIN)/python benchmarks/manifests.py

bench-live: $(VENV)/.dev  ## reading a synthetic cluster on loopback, as ratios
	$(BIN)/python benchmarks/live.py

pictures: $(VENV)/.dev  ## the TUI's pictures for docs and tests, taken anew
	$(BIN)/python scripts/pictures.py
	EFADOCTOR_WRITE_PICTURES=1 $(BIN)/pytest tests/tui/test_pictures.py

lock:  ## resolve the locks anew (the only target that asks for the newest versions)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --upgrade -o requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --upgrade -c requirements/runtime.txt -o requirements/dev.txt

clean:  ## forget what was installed and cached
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
