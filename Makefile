# `make up` shows telectl at work, `make test` proves it; both install what they need into this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AS_ROOT := $(shell test $$(id -u) = 0 || echo sudo)

.PHONY: up test test-databases bench docs check format clean

up: $(READY)
	@PYTHONPATH=asterisk-test:. $(BIN)/python -m lab.up

test: $(READY)
	@$(BIN)/pytest -q $(ARGS)

# The recorded cases on the other servers that people run, MariaDB 11.8 and MySQL, unpacked privately; and on a strict
# server whose tables have further columns and utf8mb4 texts.
test-databases: $(READY)
	LAB_DATABASE=mariadb-11.8 $(BIN)/pytest -q tests/conformance tests/database
	LAB_DATABASE=mysql $(BIN)/pytest -q tests/conformance
	LAB_TABLES=altered $(BIN)/pytest -q tests/conformance

bench: $(READY)
	@PYTHONPATH=asterisk-test:. $(BIN)/python bench/calls.py
	@PYTHONPATH=asterisk-test:. $(BIN)/python bench/load.py
	@$(BIN)/python bench/ami_events.py

docs: $(READY)
	@mkdir -p docs
	@$(BIN)/python -c 'from telectl.functions.reference import markdown; print(markdown(), end="")' > docs/agent-api.md
	@$(BIN)/python -c 'from telectl.functions.answers import markdown; print(markdown(), end="")' > docs/answers.md

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| $(AS_ROOT) apt-get install -y -qq python3-venv >/dev/null \
		|| { echo 'telectl needs the package python3-venv: apt-get install python3-venv'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) .cache .lab
