# Two commands do everything: `make demo` and `make test`. `make help` lists the others.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

# The first Python on this machine that the project can use; or name one: make demo PYTHON=...
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && { echo $$candidate; break; }; done)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo test strict lint format types benchmarks accuracy assets lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- set-up --------------------------------------------------------------------------------
# One stamp per lock; make installs again only when that lock or pyproject.toml has changed.
# A new dependency group NAME needs one line here and one in `lock`.

$(VENV)/.installed-runtime: requirements.lock
$(VENV)/.installed-dev: requirements-dev.lock

$(VENV)/.installed-%: $(VENV)/.created pyproject.toml
	@echo "Installing $(filter %.lock,$^) into $(VENV) (the first time takes a minute or two)"
	@$(PIP) install --quiet --only-binary :all: --require-hashes -r $(filter %.lock,$^)
	@$(PIP) install --quiet --no-build-isolation --no-deps --no-index --editable .
	@touch $@

# Tests start this server as a program of its own. It lies beside our packages and not among them:
# it asks for older ones.
$(VENV)/.installed-s3: requirements-s3.lock $(VENV)/.created
	@echo "Installing $< into $(VENV)/s3-server"
	@rm -rf $(VENV)/s3-server
	@$(PIP) install --quiet --only-binary :all: --no-compile --require-hashes \
		--target $(VENV)/s3-server -r $<
	@touch $@

$(VENV)/.created: tools/check_machine.py
	@$(or $(PYTHON),python3) tools/check_machine.py
	@$(PYTHON) -m venv $(VENV)
	@touch $@

INSTALLED := $(VENV)/.installed-dev $(VENV)/.installed-s3

setup: $(INSTALLED) ## install everything that the tests and checks need

# ---- use -----------------------------------------------------------------------------------

demo: $(VENV)/.installed-runtime ## assess the sample videos and show the report
	@$(BIN)/hingewise assets --fetch
	@$(BIN)/hingewise assess sample_videos/*.mp4 --out reports
	@$(BIN)/python tools/show_report.py reports

assets: $(VENV)/.installed-runtime ## fetch and assemble the pose model bundle
	@$(BIN)/hingewise assets --fetch

# ---- checks --------------------------------------------------------------------------------

# Many of these wait for another process, so three of them keep two cores busy.
test: $(INSTALLED) ## run the tests that need no extra server or browser
	@$(BIN)/hingewise assets --fetch || echo "Without the pose model, tests that need it skip."
	$(PYTEST) -n 3 -m "not (accuracy or benchmark or browser or slow)" $(ARGS)

# Pages without pose estimation run two at a time; the others want the machine for themselves.
strict: $(INSTALLED) ## run the slow, browser and accuracy tests
	$(PYTEST) -n 2 -m played $(ARGS)
	$(PYTEST) -m "(accuracy or browser or slow) and not played" $(ARGS)

lint: $(VENV)/.installed-dev ## style, format and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## lay the code out
	$(BIN)/ruff format .

types: $(VENV)/.installed-dev ## mypy, strict
	$(BIN)/mypy

benchmarks: $(VENV)/.installed-dev ## print timings of this machine
	$(PYTEST) tests/benchmarks -s $(ARGS)

accuracy: $(VENV)/.installed-dev ## measure against ground truth and write docs/accuracy.md
	$(BIN)/python -m tests.accuracy.publish $(ARGS)

# ---- upkeep --------------------------------------------------------------------------------

# `make lock` keeps the locked versions that still fit; `make lock UPGRADE=--upgrade` takes the
# newest. Groups are held to the versions of requirements.lock, but for what is installed apart.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --custom-compile-command "make lock" $(UPGRADE)

lock: $(VENV)/.installed-dev ## write the locks anew
	$(LOCK) pyproject.toml --group build --output-file requirements.lock
	$(LOCK) pyproject.toml --group build --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock
	$(LOCK) --group s3 --output-file requirements-s3.lock

clean: ## remove all that make made; the model bundle stays in the user's cache
	rm -rf $(VENV) reports build dist *.egg-info .hypothesis
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
