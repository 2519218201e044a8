# Everything a developer does, by name. `make help` lists it.
# Plain pip equivalents for systems without make stand in the README.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test lint bench test-peers clean packages-run packages-test

BIN := .venv/bin
PACKAGES := packaging/linux/ensure_packages.sh

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: packages-run .venv/installed-run ## Install Tally into .venv and start it
ifeq ($(shell uname -s)$(DISPLAY)$(WAYLAND_DISPLAY),Linux)
	@echo "There is no display here: running the demo conversation on a virtual one; screenshots go to build/screenshots/."
	@$(PACKAGES) packaging/linux/test.txt
	@PYTHONPATH=tests $(BIN)/python -m support.headless_demo build/screenshots
else
	@$(BIN)/tally
endif

test: packages-test .venv/installed-dev ## Run every check and every test; STAGES="unit gui" runs only those
	@$(BIN)/python tests/stages.py $(STAGES)

lint: .venv/installed-dev ## Run the static checks only
	@$(BIN)/python tests/stages.py lint

bench: packages-test .venv/installed-dev ## Measure; one JSON object per line, also in build/bench.jsonl; ONLY=startup filters
	@$(BIN)/python tests/bench/run.py $(ONLY)

test-peers: .venv-peers/installed ## Run Tally against third-party servers of the same protocol
	@.venv-peers/bin/python -m pytest -m peers tests/peers

clean: ## Remove what was built, the virtual environments included
	rm -rf .venv .venv-peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find app tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +

packages-run:
	@$(PACKAGES) packaging/linux/run.txt

packages-test:
	@$(PACKAGES) packaging/linux/run.txt packaging/linux/test.txt

$(BIN)/python: | packages-run
	python=$$(packaging/find_python.sh) && "$$python" -m venv .venv

.venv/installed-run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

.venv/installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@ .venv/installed-run

.venv-peers/installed: pyproject.toml tests/peers/requirements.txt | packages-run
	python=$$(packaging/find_python.sh) && "$$python" -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet -e '.[test]' -r tests/peers/requirements.txt
	@touch $@
