# make demo   train the demonstration        make generate   accept what the generator now makes
# make test   all checks and tests           make lint       ruff and mypy only
# make proof  check every gradient of        make pictures   draw the pictures of docs/models.md
#             every model: docs/proof.md     make clean      remove what these made
#
# PYTHON names the interpreter for the virtual environment in .venv, PYTEST further arguments:
# make test PYTEST="-n 0 -x -m 'not slow'"

PYTHON ?= python3
PYTEST ?=

# Relative, so that the repository may lie in a folder whose name has spaces.
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check -qq install

.PHONY: demo test lint generate pictures proof clean help
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed '/^$$/,$$d'

demo: $(VENV)/demo.stamp
	@$(RUN) -m saltation demo

test: lint
	@$(RUN) -m pytest -n auto --dist worksteal $(PYTEST)

lint: $(VENV)/dev.stamp
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

generate: $(VENV)/dev.stamp
	@$(RUN) -m saltation.codegen.goldens

pictures: $(VENV)/dev.stamp
	@$(RUN) docs/pictures.py

proof: $(VENV)/dev.stamp
	@$(RUN) -m saltation check --all --markdown docs/proof.md --jobs $$(nproc 2>/dev/null || echo 2)

clean:
	rm -rf $(VENV) build dist demo *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed again when pyproject.toml changes; changes of the code need no installation.
$(VENV)/demo.stamp: $(VENV)/made.stamp pyproject.toml
	@echo "Installing Saltation and its dependencies into $(VENV)"
	@$(PIP) --editable ".[plot]"
	@touch $@

$(VENV)/dev.stamp: $(VENV)/made.stamp pyproject.toml
	@echo "Installing Saltation and the tools for its tests into $(VENV)"
	@$(PIP) --editable ".[dev]"
	@touch $@

$(VENV)/made.stamp:
	@command -v "$(PYTHON)" >/dev/null || \
	  { echo "$(PYTHON) is not there: install Python 3.11 or later, or set PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Saltation needs Python 3.11 or later; $(PYTHON) is $$("$(PYTHON)" --version 2>&1)." \
	         "Set PYTHON=... to another." >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv --clear $(VENV) || \
	  { echo "cannot make a virtual environment (Debian, Ubuntu: apt install python3-venv)" >&2; \
	    exit 1; }
	@touch $@
