# `make test` sets up what it needs and runs every test; `make demo` starts a gate to click through.
# PYTHON=python3.12 chooses the interpreter, CI=true turns whatever could not run into a failure.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
FAULTS ?=
FUZZ_EXAMPLES ?= 20000
FUZZ_SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
export TOOLS_DIR := $(CURDIR)/.tools
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup parts lint types imports unit architecture check quick test integration browser screenshots demo \
	fuzz faults bench image format lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Make the virtual environment from the pinned list (at once when nothing changed)
	@tools/venv.sh

parts: setup ## Fetch the real parts the tests use: identity providers and a browser
	@tools/parts.sh

lint: setup ## Style of the Python code and its formatting
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --diff .

types: setup ## Types, strictly
	@$(BIN)/mypy --no-error-summary

imports: setup ## Imports only go down
	@$(BIN)/pytest tests/architecture/test_layers.py

unit: setup ## Tests without sockets
	@$(BIN)/pytest -m 'not gates' $$(tools/existing.sh tests/unit tests/conformance)

architecture: setup ## The laws of the source: layers, purity, sizes, names, links, scripts
	@$(BIN)/pytest tests/architecture

check: setup ## All that runs in under a minute: no sockets, no children
	@$(MAKE) -j2 --output-sync=target lint types quick

quick: setup
	@$(BIN)/pytest -m 'not gates' $$(tools/existing.sh tests/unit tests/conformance tests/architecture)

integration: parts ## Real identity providers, real sockets
	@$(BIN)/pytest tests/integration

browser: parts ## A real browser signs in
	@$(BIN)/pytest tests/browser

test: parts lint types ## Everything
	@$(BIN)/pytest

screenshots: parts ## Write pictures of every page and of the dashboard to docs/images
	@$(BIN)/python -m tests.browser.screenshots docs/images
	@$(BIN)/python -m tests.dashboard docs/images

demo: setup ## An identity provider, an application and the gate, ready to click
	@$(BIN)/sidegate demo

fuzz: setup ## Mutated messages, at random and many: FUZZ_EXAMPLES per target, FUZZ_SEED to repeat
	@FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/pytest tests/fuzz --hypothesis-seed=$(FUZZ_SEED)

faults: setup ## Break what can break, and measure: one table of promises; FAULTS="R-04" for some
	@$(BIN)/python -m tests.faults $(FAULTS)

bench: setup ## The gate beside nginx, mod_auth_openidc and oauth2-proxy
	@benchmarks/install.sh
	@tools/install-oauth2-proxy.sh > /dev/null
	@$(BIN)/python benchmarks/run.py

image: setup ## Build the container image into build/sidegate, an OCI layout
	@$(BIN)/python -m deploy.image build build/sidegate

format: setup ## Let the formatter write
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

lock: ## Renew requirements/dev.txt from pyproject.toml
	@tools/lock.sh

clean: ## Remove what was made here
	@rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
