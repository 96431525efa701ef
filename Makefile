# Nexus Portal: everything a person or CI runs. Needs Python ≥ 3.11, make, bash and a package registry.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8000
JOBS ?= 2
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
INSTALLED := $(VENV)/.installed

# Node, npm and the type checker come from the virtual environment, never from the machine.
export PATH := $(BIN):$(PATH)
export REFLEX_USE_NPM := 1
export REFLEX_CHECK_LATEST_VERSION := false
# Where it is set, every command compiles two thousand modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements/bootstrap.txt requirements/dev.txt pyproject.toml scripts/install.sh
	@bash scripts/install.sh $(VENV)
	@touch $@

.PHONY: install
install: $(INSTALLED)  ## The virtual environment with everything of the lock in it

.PHONY: run
run: $(INSTALLED)  ## Migrate, seed the demo into an empty database, build, serve http://localhost:8000 (PORT=8000)
	@$(BIN)/nexus-portal migrate
	@$(BIN)/nexus-portal demo --if-empty
	@exec $(BIN)/nexus-portal serve --port $(PORT)

.PHONY: check
check: $(INSTALLED) clients  ## The fast half: lint, format, types, layers, tests without a browser
	@ruff check .
	@ruff format --check .
	@lint-imports & layers=$$!; pyright & types=$$!; failed=0; \
	python -m pytest -n $(JOBS) --dist worksteal -m "not e2e" || failed=$$?; \
	wait $$layers || failed=$$?; wait $$types || failed=$$?; exit $$failed

.PHONY: test
test: browser check  ## Everything: the fast half, then the journeys in a real browser
	@NEXUS_BROWSER="$$(python scripts/find_browser.py)" python -m pytest -m e2e

.PHONY: browser
browser: $(INSTALLED)
	@python scripts/find_browser.py --install >/dev/null

.PHONY: clients
clients: $(INSTALLED)
	@python scripts/find_clients.py

.PHONY: server
server: $(INSTALLED)
	@python scripts/find_clients.py --server

.PHONY: bench
bench: browser server  ## Measure at a million orders: lists, search, plans, imports, live pages, browser (ARGS="--orders 100000 --only lists")
	@NEXUS_BROWSER="$$(python scripts/find_browser.py)" python -m benchmarks $(ARGS)

.PHONY: mutants
mutants: $(INSTALLED)  ## Change vault, erasure, retention and permissions bit by bit: do the tests notice? Hours (ARGS="permissions --every 10")
	@python -m scripts.mutants $(ARGS)

.PHONY: manifest
manifest: $(INSTALLED)  ## Rewrite what reviewers compare: the remote events, and who is admitted to which use case
	@python -m nexus_portal.state.manifest --write
	@python -m tests.architecture.test_permissions

.PHONY: lock
lock: $(INSTALLED)  ## Write the locks of Python and of the front end anew (UPGRADE=1: take the newest of everything)
	@bash scripts/lock.sh $(VENV)
	@touch $(INSTALLED)

.PHONY: format
format: $(INSTALLED)  ## Format, and mend what ruff can mend by itself
	@ruff format .
	@ruff check --fix .

.PHONY: clean
clean:  ## Remove what was built or cached; the databases and keys under data/ stay
	@rm -rf .web .pytest_cache .ruff_cache .import_linter_cache .hypothesis screenshots test-results build dist
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -print0 | xargs -0r rm -rf
