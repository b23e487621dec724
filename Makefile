# Satu: plain `make` prints the targets.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
SATU := $(VENV)/bin/satu

.PHONY: help setup run up test test-fast test-long test-spark spark check soak-load soak-properties soak-release clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## create .venv and install what requirements.lock names

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "setting up $(VENV) (about a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11, 3.12 or 3.13 is needed, this is " + sys.version.split()[0] + "; set PYTHON=…") if not (3, 11) <= sys.version_info < (3, 14) else None'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	@$(VENV)/bin/uv pip sync --quiet --python $(VENV)/bin/python requirements.lock
	@$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## simulate exports if none have landed, and publish a release through Airflow
	@$(SATU) demo

spark: setup ## install Apache Spark beside the rest, for SATU_ENGINE=spark; it needs Java 17 or 21
	@java -version 2>&1 || { echo "there is no Java; Spark needs version 17 or 21 (Debian: apt-get install openjdk-17-jre-headless)"; exit 1; }
	@$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --requirement requirements-spark.lock
	@echo "Spark is installed; with SATU_ENGINE=spark \`$(SATU) run\` builds the models on it"

up: setup ## open Airflow on the DAGs, until Ctrl-C
	@$(SATU) up

test: setup ## run the tests that guard a change, on two processors
	@$(VENV)/bin/python -m pytest -n 2 -m "not long and not spark"

test-fast: setup ## run the tests that need no server
	@$(VENV)/bin/python -m pytest -n 2 -m "not long and not spark" tests/unit tests/architecture

test-long: setup ## run the tests that repeat: hundreds of defects, kills and seeds
	@$(VENV)/bin/python -m pytest -n 2 -m long

test-spark: spark ## build a small city on Spark and hold every table against PostgreSQL's
	@$(VENV)/bin/python -m pytest -m spark

check: setup ## check format, lint, types, the floors of the package, YAML, SQL and what follows from the contracts
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/yamllint --strict .
	@$(VENV)/bin/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests
	@$(VENV)/bin/satu contracts --check

soak-load: setup ## kill the loader, its backend or the server ROUNDS times (200) and look for lost or doubled rows
	@PYTHONPATH=tests $(VENV)/bin/python tests/soak/load.py --rounds $(or $(ROUNDS),200)

soak-properties: setup ## read EXAMPLES (10000) generated files, damaged and whole, and hold what was read against what was written
	@PYTHONPATH=tests $(VENV)/bin/python tests/soak/properties.py --examples $(or $(EXAMPLES),10000)

soak-release: setup ## let READERS (8) analysts read during ROUNDS (100) releases and rollbacks, with kills, and look for torn reads
	@PYTHONPATH=tests $(VENV)/bin/python tests/soak/release.py --rounds $(or $(ROUNDS),100) --readers $(or $(READERS),8)

clean: ## stop the embedded server and remove .satu (all data) and .venv
	@if [ -x $(SATU) ]; then $(SATU) stop; fi
	@rm -rf .satu $(VENV)
