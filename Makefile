# Everything a person runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
STAMP := $(VENV)/.ready
DEMO := $(CURDIR)/demo
.DEFAULT_GOAL := help

.PHONY: help setup demo demo-stop test check soak bench lock format clean

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) ## create .venv/ with all commands in it

$(STAMP): backend/requirements.lock backend/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make setup PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r backend/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e backend
	@touch $(STAMP)

demo: setup ## start everything on this machine, replay an intrusion, print the incidents, the address and the sign-in
	@$(BIN)/minixdr down --data-dir $(DEMO) >/dev/null 2>&1 || true
	@rm -rf $(DEMO)
	$(BIN)/minixdr up --data-dir $(DEMO) --port $(or $(PORT),8000) --demo --detach

demo-stop: setup ## stop what `make demo` started
	$(BIN)/minixdr down --data-dir $(DEMO)

test: setup ## run all tests that need no cloud account
	cd backend && $(BIN)/pytest -n auto --dist loadgroup

check: setup ## lint, types, import order: seconds
	cd backend && $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

soak: setup ## kill parts of a platform under load, 50 times, and count what is left (KILLS=, SEED=; WHAT=all: sleep, full disks, overload)
	cd backend && $(BIN)/python -m tests.soak --kills $(or $(KILLS),50) $(if $(SEED),--seed $(SEED)) $(if $(WHAT),--what $(WHAT))

bench: setup ## measure speed on real telemetry (minutes); writes docs/measurements/
	cd backend && $(BIN)/python -m benchmarks

lock: setup ## pin all dependencies again, with hashes and without an index address
	$(VENV)/bin/uv pip compile backend/pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --quiet --custom-compile-command "make lock" --output-file backend/requirements.lock

format: setup ## format the code
	cd backend && $(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean: ## remove what setup, demo and the tools made
	rm -rf $(VENV) $(DEMO) backend/.mypy_cache backend/.ruff_cache backend/.pytest_cache
