# Every task is one word. `make demo` and `make test` are all that a fresh machine with Python 3.11 to 3.13 needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install demo test check bench cover lock clean

BIN := .venv/bin
STAMP := .venv/.installed
ROOMS := api bot clinic flows opdesk simulator workers

# Containers often forbid it; then each process that the demo or a test starts compiles everything anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

install: $(STAMP)  ## build .venv with all that is needed; starts nothing
	@echo "Next: make demo, or make test"

$(STAMP): requirements-dev.lock requirements-redis.lock pyproject.toml deploy/install
	@deploy/install
	@touch $(STAMP)

demo: $(STAMP)  ## everything on this machine, with a phone to write from
	@$(BIN)/opdesk demo

test: $(STAMP)  ## all tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: $(STAMP)  ## formatting, lint, types, layers, texts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(ROOMS)
	@$(BIN)/python -m pytest -p no:cacheprovider tests/test_layers.py tests/flows/test_texts.py

bench: $(STAMP)  ## measure, and write docs/performance.md
	@$(BIN)/python -m bench.run

cover: $(STAMP)  ## line and branch coverage of clinic and flows
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov=clinic --cov=flows --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=95

lock:  ## resolve the dependencies anew
	@deploy/lock

clean:  ## remove what was built, but no data
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache htmlcov
