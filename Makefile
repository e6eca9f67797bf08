# Everything from a fresh clone: `make demo` or `make test`. The second time nothing is installed again.
PYTHON ?= python3
TORCH ?= torch==2.13.0
# For example: TORCH_ARGS="--index-url ADDRESS", where the README says how to name the index of CPU builds.
TORCH_ARGS ?=
PORT ?= 8000
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
AUDIT := .venv-audit
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# No setting of the calling shell reaches a test.
CLEAN_ENV = unset $$(env | sed -n 's/^\(VETTING_[A-Z0-9_]*\|OPENAI_[A-Z0-9_]*\)=.*/\1/p');

.PHONY: help demo demo-llm test test-postgres test-llm drill load fuzz asvs bench words screenshots train-rater train-belief \
	check audit sbom constraints browser clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

demo: $(VENV)/.installed  ## the main job on invented people, then its pages on 127.0.0.1:8000
	@$(BIN)/vetting demo --port $(PORT)

demo-llm: $(VENV)/.installed-llm  ## the same; on its pages a language model of this machine words the follow-ups (2.3 GB)
	@$(BIN)/vetting demo --local-llm --port $(PORT)

test: $(VENV)/.installed-dev  ## the tests
	@$(CLEAN_ENV) $(BIN)/python -m pytest $(TESTS)

test-postgres: $(VENV)/.installed-postgres  ## the same tests on a PostgreSQL of their own, with pgvector and what is its alone
	@$(CLEAN_ENV) TEST_POSTGRES=1 $(BIN)/python -m pytest $(TESTS)

test-llm: $(VENV)/.installed-dev $(VENV)/.installed-llm  ## the tests of the local language model (2.3 GB, minutes)
	@$(CLEAN_ENV) $(BIN)/python -m pytest -n0 -m local_llm tests/llm

# DATABASE=postgres puts the data and the index of a drill (RESTARTS=0: so often restarted) or a load there.
ON_DATABASE = --database $(or $(DATABASE),sqlite) --workers $(or $(WORKERS),1)
OF_DATABASE = $(VENV)/.installed-$(if $(filter postgres,$(DATABASE)),postgres,dev)

drill: $(OF_DATABASE)  ## kill the service over a bad network and count (KILLS=30 TURNS=0 MINUTES=60 SEED=1 DATABASE=sqlite)
	@$(CLEAN_ENV) $(BIN)/python -m tests.drill --kills $(or $(KILLS),30) --turns $(or $(TURNS),0) \
	  --minutes $(or $(MINUTES),60) --seed $(or $(SEED),1) --restarts $(or $(RESTARTS),0) $(ON_DATABASE)

load: $(OF_DATABASE)  ## 200 interviews at once, five times that, idle pages (PEOPLE=200 SECONDS=120 WORKERS=1 DATABASE=sqlite)
	@$(CLEAN_ENV) $(BIN)/python -m tests.load --people $(or $(PEOPLE),200) --seconds $(or $(SECONDS),120) $(ON_DATABASE)

fuzz: $(VENV)/.installed-dev  ## requests nobody would send, from the API's document and to every page (EXAMPLES=300)
	@$(CLEAN_ENV) EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/python -m pytest -n0 -q -s tests/fuzz

asvs: $(VENV)/.installed-dev  ## which requirements of the OWASP ASVS 5.0 a test stands behind, into docs/asvs.md
	@$(BIN)/python -m tests.asvs.table

train-rater: $(VENV)/.installed  ## the embedded rater's constants from the packs' examples and near misses
	@$(CLEAN_ENV) $(BIN)/python -m vetting.evals.rater_training

train-belief: $(VENV)/.installed  ## what its probabilities are worth, from simulated people (10 minutes)
	@$(CLEAN_ENV) $(BIN)/python -m vetting.evals.belief_training

bench: $(VENV)/.installed-dev  ## time and memory, measured side by side (NAMES="rating model serve shortlist staffing pages scorecard reviewing demo search embedding vectors writes")
	@$(CLEAN_ENV) $(BIN)/python -m tests.bench $(NAMES)

words: $(VENV)/.installed-dev  ## collect what people read into vetting/locale, bring the languages there up to date, compile
	@$(BIN)/python -m tests.catalogue

screenshots: $(VENV)/.installed-dev  ## every page at three widths, light and dark, into screenshots/ (ONLY="landing question")
	@$(CLEAN_ENV) $(BIN)/python -m tests.screenshots $(if $(ONLY),--only $(ONLY))

check: $(VENV)/.installed-dev  ## ruff, mypy, import-linter, deptry
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .

audit: $(VENV)/.installed-audit  ## whether an installed package is known to be vulnerable; asked about none is no pass
	@$(BIN)/python -m tests.supply audit $(AUDIT)/bin/pip-audit

sbom: $(VENV)/.installed-dev  ## the bill of materials as CycloneDX on standard output
	@$(BIN)/python -m tests.supply sbom

constraints: $(VENV)/.installed-dev  ## write down the versions that are installed
	@$(BIN)/python -m tests.supply constraints > constraints.new && mv constraints.new constraints.txt

browser:  ## Chromium for the browser tests, by apt
	@for name in chromium chromium-browser google-chrome; do \
	  if command -v $$name >/dev/null; then echo "Chromium is here: $$(command -v $$name)"; exit 0; fi; done; \
	if ! command -v apt-get >/dev/null; then \
	  echo "Install Chromium by hand: this system has no apt-get." >&2; exit 1; fi; \
	sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get update -q && $$sudo apt-get install -qy --no-install-recommends chromium

clean:  ## remove what make and the tools made, not your data
	rm -rf $(VENV) $(AUDIT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Vetting needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module; install it first (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# PyTorch first and by itself: otherwise another package would bring a build with several GB of CUDA libraries.
$(VENV)/.torch: $(VENV)/bin/python
	@echo "Installing PyTorch ..."
	@$(PIP) "$(TORCH)" $(TORCH_ARGS)
	@$(BIN)/python -c 'import torch, sys; torch.version.cuda and print("This PyTorch is a CUDA build of several GB, and Vetting uses the CPU only. README, Quick start, tells how to get the smaller one.", file=sys.stderr)'
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/.torch
	@echo "Installing Vetting ..."
	@$(PIP) --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the test tools ..."
	@$(PIP) --constraint constraints.txt --editable ".[dev]"
	@touch $@

$(VENV)/.installed-postgres: $(VENV)/.installed-dev
	@echo "Installing PostgreSQL for the tests ..."
	@$(PIP) --constraint constraints.txt --editable ".[test-postgres]"
	@touch $@

# Apart from what it looks at.
$(VENV)/.installed-audit: $(VENV)/.installed-dev
	@echo "Installing pip-audit into $(AUDIT) ..."
	@$(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@touch $@

# The model's file is put together from these packages when it is first used: once more its size, in the data folder.
$(VENV)/.installed-llm: $(VENV)/.installed
	@echo "Installing the local language model (1.2 GB) ..."
	@$(PIP) --constraint constraints.txt --editable ".[local-llm]"
	@touch $@
