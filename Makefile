# `make up` shows telectl at work, `make test` proves it; both install what they need into this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AS_ROOT := $(shell test $$(id -u) = 0 || echo sudo)

.PHONY: soak-short up test test-unit coverage test-unmeasured mutants test-databases test-install test-calls test-compose scenarios fuzz dist bench docs lock check format clean soak

up: $(READY)
	@PYTHONPATH=asterisk-test:. $(BIN)/python -m lab.up

# Two at a time: the tests mostly wait for calls. A file of tests shares its servers, so it stays together.
test: $(READY)
	@$(BIN)/pytest -q -n 2 --dist loadfile $(ARGS)

# The rules, without servers, in seconds: with a quarter of the examples that `make test` has of each property.
test-unit: $(READY)
	@HYPOTHESIS_PROFILE=quick $(BIN)/pytest -q -n 2 tests/unit $(ARGS)

# Lines and branches of telectl that the tests of MEASURED run through. Not of the whole suite: measuring takes as much
# of a processor again as telectl itself, and the tests of calls have deadlines.
MEASURED := tests/unit tests/integration/functions tests/conformance
coverage: $(READY)
	@$(BIN)/pytest -q -n 2 --dist loadfile --cov $(MEASURED) $(ARGS)

# The rest of `make test`.
test-unmeasured: $(READY)
	@$(BIN)/pytest -q -n 2 --dist loadfile $(MEASURED:%=--ignore=%) $(ARGS)

# Does a test of tests/unit notice when a rule is changed in one place? pyproject.toml names the rules; minutes. What no
# test noticed is listed, and `.venv/bin/mutmut show <name>` shows the change.
mutants: $(READY)
	@rm -rf mutants
	@$(BIN)/mutmut run --max-children $$(nproc) $(ARGS)
	@$(BIN)/mutmut results

# The recorded cases on the other servers that people run, MariaDB 11.8 and MySQL, unpacked privately; and on a strict
# server whose tables have further columns and utf8mb4 texts, and on tables of latin1.
test-databases: $(READY)
	LAB_DATABASE=mariadb-11.8 $(BIN)/pytest -q tests/conformance tests/integration/database
	LAB_DATABASE=mysql $(BIN)/pytest -q tests/conformance
	LAB_TABLES=altered $(BIN)/pytest -q tests/conformance
	LAB_TABLES=latin1 $(BIN)/pytest -q tests/conformance

# Hostile requests and hostile Asterisks, for about half an hour: no 5xx, no held loop, no growth, no password anywhere.
# A finding names the SEED and ONLY that repeat it: make fuzz SEED=7 ONLY=http:1234 MODE=direct; or REQUESTS, STRINGS.
fuzz: $(READY)
	@SEED='$(SEED)' ONLY='$(ONLY)' MODE='$(MODE)' REQUESTS='$(REQUESTS)' STRINGS='$(STRINGS)' \
		PYTHONPATH=asterisk-test:tests:tests/system:. $(BIN)/python -m fuzz

# Calls and flags by the thousand while links, servers and copies are cut, stalled, killed and frozen; a judge looks for
# what must not be, and docs/reliability.md gets the figures. SOAK_SECONDS=600 SOAK_SEED='7 8' SOAK_OUT=folder make soak
soak: $(READY)
	@PYTHONPATH=asterisk-test:tests:tests/system:. $(BIN)/python -m ledger

# The same for half a minute, as a test. Not among `make test`: rows that are owed by a copy that was killed are lost, so
# that the calm after is not always whole.
soak-short: $(READY)
	@$(BIN)/pytest -q tests/system/ledger/short_form.py $(ARGS)

# The wheel in an empty environment, its dependencies from the package index by their hashes.
test-install: $(READY)
	INSTALL=all $(BIN)/pytest -q tests/system/install

# An sdist, and the wheel that the sdist builds: so it is complete.
DIST ?= dist
dist: $(READY)
	@rm -rf build
	@$(BIN)/python -c 'import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])' $(DIST) >/dev/null
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w $(DIST) \
		"$$(ls -t $(DIST)/telectl-*.tar.gz | head -1)"

# The tests of call commands against an Asterisk that runs already; asterisk-test/README.md tells what it must have.
test-calls: $(READY)
	@test -n "$(ASTERISK)" || { echo "usage: make test-calls ASTERISK=host:port (of its manager interface)"; exit 2; }
	LAB_ASTERISK=$(ASTERISK) $(BIN)/pytest -q tests/integration/calls -m 'not own_asterisk' $(ARGS)

# The containers, proven with a private Docker engine where none answers.
test-compose: $(READY)
	@tests/system/compose/run $(BIN) $(ARGS)

# All of them, or one: make scenarios NAME='blind transfer'; with your own telectl: TELECTL=http://127.0.0.1:8080
scenarios: $(READY)
	@PYTHONPATH=asterisk-test:. $(BIN)/python -m lab.scenarios $${TELECTL:+--telectl "$$TELECTL"} "$$NAME"

bench: $(READY)
	@PYTHONPATH=asterisk-test:. $(BIN)/python bench/calls.py
	@PYTHONPATH=asterisk-test:. $(BIN)/python bench/load.py
	@$(BIN)/python bench/ami_events.py

docs: $(READY)
	@mkdir -p docs
	@$(BIN)/python -c 'from telectl.reference import functions_page; print(functions_page(), end="")' > docs/functions.md
	@$(BIN)/python -c 'from telectl.reference import answers_page; print(answers_page(), end="")' > docs/answers.md
	@TELECTL_DATABASE_URL=mysql://x@localhost/asterisk $(BIN)/telectl db grants > packaging/grants.sql

# The packages' versions and hashes, from the lists in requirements*.in. What still fits stays as it is; for the newest of
# all: make lock ARGS=--upgrade; of one: make lock ARGS='--upgrade-package aiohttp'.
LOCK := UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11
lock: $(READY)
	@$(LOCK) $(ARGS) requirements.in -o requirements.txt >/dev/null
	@$(LOCK) $(ARGS) requirements.in requirements-dev.in -c requirements.txt -o requirements-dev.txt >/dev/null

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry telectl
	@$(BIN)/python -m pip --disable-pip-version-check check

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(READY): requirements-dev.txt requirements.in pyproject.toml
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| $(AS_ROOT) apt-get install -y -qq python3-venv >/dev/null \
		|| { echo 'telectl needs the package python3-venv: apt-get install python3-venv'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) .cache .lab build dist mutants .coverage* telectl.egg-info
