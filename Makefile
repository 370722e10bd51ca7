# `make check SPACE=path/to/space` lints a Space; `make test` checks zerolint itself.
# Both set up .venv first, and only again when pyproject.toml has changed. Any Python from 3.10 on will do;
# PYTHON=... chooses one.

SPACE ?= fixtures/spaces/flash-scene
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$python && break; done)

BIN := .venv/bin
INSTALL := -m pip install --quiet --quiet --disable-pip-version-check
PIP := $(BIN)/python $(INSTALL)
GRADIO ?= 5

.DEFAULT_GOAL := help
.PHONY: help check test lint types tests test-gradio test-torch format expected benchmark facts compare clean

help:
	@echo "make check SPACE=path/to/space   lint a Space (without SPACE: an example with mistakes)"
	@echo "make test                        ruff, mypy and pytest on zerolint itself"
	@echo "make test-gradio GRADIO=5        run apps with the newest spaces and that major version of Gradio"
	@echo "make test-torch                  run apps with PyTorch too; needs Linux and some gigabytes of disk"
	@echo "make format                      let ruff format and fix the sources"
	@echo "make expected                    write expected reports, rules/README.md and the report in README.md anew: review the diff"
	@echo "make benchmark                   print the speed budgets and what was measured"
	@echo "make facts                       hold the facts about the platform against its documentation and a package registry"
	@echo "make compare                     ask pip and zerolint about the same wheels and requirements; takes some minutes"
	@echo "make clean                       remove .venv, .venv-* and all caches"

check: .venv/run.stamp
	@$(BIN)/zerolint check "$(SPACE)"

test: lint types tests

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	$(BIN)/mypy

tests: .venv/dev.stamp
	$(BIN)/pytest

# pytest runs in .venv as ever, and the apps that it starts in the other environment.
test-gradio: .venv/dev.stamp .venv-gradio$(GRADIO)/stamp
	$(BIN)/pytest tests/runtime --runtime-python "$(CURDIR)/.venv-gradio$(GRADIO)/bin/python"

test-torch: .venv/dev.stamp .venv-torch/stamp
	$(BIN)/pytest tests/runtime_torch --runtime-python "$(CURDIR)/.venv-torch/bin/python"

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

expected: .venv/dev.stamp
	$(BIN)/pytest --write-expected tests/test_spaces.py tests/test_packages.py tests/test_pages.py -k 'expected or table or index or readme'

benchmark: .venv/dev.stamp
	$(BIN)/python -m benchmarks

# DOCS=folder takes a checkout of huggingface/hub-docs in place of what is published.
facts: .venv/dev.stamp
	$(BIN)/python -m tools.update_facts $(if $(DOCS),--docs "$(DOCS)")

compare: .venv/dev.stamp
	$(BIN)/python -m tools.compare_with_pip

clean:
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache build dist

# A stamp is younger than pyproject.toml as long as the environment fits it.
.venv/run.stamp: pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "zerolint needs Python 3.10 or later; none was found on PATH" >&2; exit 1; fi
	@echo "Setting up .venv with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@$(PIP) --editable ".[dev]"
	@touch $@

.venv-gradio%/stamp: pyproject.toml
	@echo "Setting up .venv-gradio$* with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv --clear .venv-gradio$*
	@.venv-gradio$*/bin/python $(INSTALL) "gradio>=$*,<$$(($* + 1))" spaces
	@touch $@

# The build of PyTorch that PyPI has for Linux contains CUDA. Without it, `spaces` cannot be imported.
.venv-torch/stamp: pyproject.toml
	@echo "Setting up .venv-torch with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv --clear .venv-torch
	@.venv-torch/bin/python $(INSTALL) accelerate "gradio>=6,<7" spaces torch "transformers>=5"
	@touch $@
