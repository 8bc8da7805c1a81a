# `make run` serves the app, `make test` runs every test; `make help` lists the rest.
# Everything is installed into .venv and .cache beside this file, nothing elsewhere.

VENV    := .venv
PY      := $(VENV)/bin/python
# The benchmark's peers have an environment of their own, so that the app's has only what it needs.
BENCH   := .venv-bench
# So does what looks for known faults.
AUDIT   := .venv-audit
PORT    ?= 8501
ADDRESS ?= localhost
IMAGE   ?= rdcore-dashboard
ARGS    ?=
# Processes that share the tests, where all of them run: one more than a small machine has cores,
# since the tests of the browser wait for a part of their time.
WORKERS ?= 3

# One BLAS thread: the matrices are small, and many sessions share the machine.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1
# The tests start a hundred processes. Each of them would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

# Modules are compiled when they are first imported: most of them never are.
# The lists are complete. Resolving them again would look at releases newer than the pinned ones,
# and pip fails if one satisfies a requirement with extras, as pytest-cov's on coverage[toml].
LOCKED := -m pip install -qq --no-input --no-compile --no-deps --require-hashes
PIP_INSTALL := $(PY) $(LOCKED)
# Chromium leaves its crash settings in the user's configuration unless told otherwise.
PYTEST := XDG_CONFIG_HOME=$(CURDIR)/.cache/config XDG_CACHE_HOME=$(CURDIR)/.cache $(PY) -m pytest
# tests/conftest.py has put the files in their order.
SHARED := $(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder
COMPILE_ALONE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-header $(ARGS)
COMPILE := $(COMPILE_ALONE) --extra app

# The tests of the whole tree that need no more than its text: they fail before anything long begins.
RULES := $(addprefix tests/,$(addsuffix .py,$(addprefix test_,architecture contributing glossary house \
	language readme texts) $(addprefix rdcore/test_,docstrings public_names)))

SITE := build/docs
# What the documentation is built from.
NEWER = find docs rdcore CHANGELOG.md CONTRIBUTING.md \( -name '*.py' -o -name '*.md' -o -name '*.css' \) \
	-newer $(SITE)/.built
BUILD_DOCS := $(PY) -m sphinx -q -d .cache/doctrees docs $(SITE)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run docs site test sample quick check documented lint style types format coverage mutants bench \
	rules soak shots fuzz house lock pin audit licences sbom \
	container browser clean

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{printf "%-18s%s\n", $$1, $$2}'

run: $(VENV)/.run site  ## serve the app at http://localhost:8501 (PORT=, ADDRESS= to change)
	@$(PY) -m streamlit run app.py --server.port=$(PORT) --server.address=$(ADDRESS) \
		--browser.serverAddress=$(if $(filter 0.0.0.0 ::,$(ADDRESS)),localhost,$(ADDRESS))

docs: $(VENV)/.docs  ## build the documentation from docs/ into build/docs, which the app serves
	$(BUILD_DOCS) -W --keep-going
	@touch $(SITE)/.built

# The app starts without its documentation, and says so where it links to it.
site: $(VENV)/.run
	@if [ ! -f $(SITE)/.built ] || [ -n "$$($(NEWER))" ]; then \
		echo "Building the documentation (half a minute)"; \
		{ $(MAKE) --no-print-directory -s $(VENV)/.docs && $(BUILD_DOCS) && touch $(SITE)/.built; } || \
			echo "The documentation could not be built; the app starts without it." >&2; \
	fi

test: $(VENV)/.dev site browser  ## run every test, the browser's included (ARGS= goes to pytest)
	$(SHARED) --long $(ARGS)

sample: $(VENV)/.dev browser  ## run the tests, but of the slow ones only one in three, others after each commit
	$(SHARED) $(ARGS)

quick: $(VENV)/.dev  ## run the tests that need neither a browser nor patience
	$(PYTEST) -m "not slow and not browser" $(ARGS)

# The types need what builds the documentation, and a few tests the documentation itself.
check: style $(VENV)/.docs  ## what must hold before a commit: format, lint, documentation, types, tests
	@$(MAKE) --no-print-directory -j2 types documented

documented: docs
	@$(MAKE) --no-print-directory sample ARGS="$(addprefix --ignore=,$(RULES)) $(ARGS)"

lint: style types

style: $(VENV)/.dev  ## check the format, the lint, and the rules of the whole tree (a quarter of a minute)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(VENV)/bin/hadolint Dockerfile
	@$(MAKE) --no-print-directory rules

rules: $(VENV)/.dev $(VENV)/.docs  ## check the language, the imports, the lists and the maps of the whole tree
	$(PYTEST) -q $(RULES)

types: $(VENV)/.dev
	$(PY) -m mypy

format: $(VENV)/.dev  ## put the code in its format and its imports in order
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

coverage: $(VENV)/.dev browser  ## run every test and list the lines that none of them runs
	$(SHARED) --cov --cov-report=term-missing:skip-covered $(ARGS)

mutants: $(VENV)/.dev  ## change what a user reads, one thing at a time, and see the tests go red
	$(PY) -m benchmarks.mutants $(ARGS)

bench: $(BENCH)/.done  ## time the solvers and their peers, single-threaded (ARGS="--all --write")
	$(BENCH)/bin/python -m benchmarks $(ARGS)

soak: $(VENV)/.dev  ## load the app with twenty users and a crowd, and print what they wait for
	$(PY) -m benchmarks.load $(ARGS)

shots: $(VENV)/.dev site browser  ## draw every page of the app into docs/images/shots, as docs/looks.md shows them
	$(PY) -m benchmarks.shots $(ARGS)

fuzz: $(VENV)/.dev  ## give the app thousands of mutated uploads, pictures and links
	$(PY) -m benchmarks.fuzz $(ARGS)

house: $(VENV)/.dev  ## draw the rooms of the source and the imports between them, docs/house.md
	$(PY) -m docs.house

lock: $(VENV)/.dev  ## pin the dependencies of pyproject.toml (ARGS=--upgrade for newer ones)
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(COMPILE) --group bench -c requirements.txt pyproject.toml -o requirements-bench.txt
	$(COMPILE) --extra docs -c requirements.txt pyproject.toml -o requirements-docs.txt
	$(COMPILE_ALONE) --group audit -o requirements-audit.txt

pin: $(VENV)/.run  ## pin the base of the image by its digest (ARGS=sha256:… without a registry)
	@$(PY) -m docs.supply.pin $(ARGS)

audit: $(AUDIT)/.done  ## look for known faults of the dependencies with pip-audit
	@$(AUDIT)/bin/python -m docs.supply.audit $(ARGS)

licences: $(VENV)/.run  ## list the licences of the dependencies; fails if one is unknown
	@$(PY) -m docs.supply.licences

sbom: $(VENV)/.run  ## write the bill of materials, CycloneDX, to build/sbom.cdx.json (ARGS=path)
	@$(PY) -m docs.supply.sbom $(ARGS)

container: $(VENV)/.dev  ## build the image, or rehearse its Dockerfile where no engine runs
	@if docker info >/dev/null 2>&1; then docker build --tag $(IMAGE) .; \
	else echo "No container engine answers: rehearsing the Dockerfile."; \
	$(PY) -m tests.container.rehearse $(ARGS); fi

clean:  ## remove what these commands made
	rm -rf $(VENV) $(BENCH) $(AUDIT) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment whose interpreter has gone is a dangling link here, so it is made anew.
$(PY):
	@suitable='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'; \
	for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
		if $$python -c "$$suitable" >/dev/null 2>&1; then \
			echo "Making $(VENV) with $$($$python --version)"; \
			exec $$python -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "No Python 3.11 or newer with its venv module was found. Install one" \
		"(on Debian: apt-get install python3 python3-venv)," \
		"or name it: make PYTHON=/path/to/python3.12" >&2; \
	exit 1

$(VENV)/.pip: | $(PY)
	@$(PY) -m ensurepip --upgrade --default-pip >/dev/null
	@touch $@

$(VENV)/.run: requirements.txt | $(VENV)/.pip
	@echo "Installing what the app needs (about a minute)"
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/.pip
	@echo "Installing what the app and its tests need (about a minute)"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $(VENV)/.run $@

$(VENV)/.docs: requirements-docs.txt requirements.txt | $(VENV)/.pip
	@echo "Installing what builds the documentation"
	@$(PIP_INSTALL) -r requirements-docs.txt
	@touch $@

$(BENCH)/.done: requirements-bench.txt | $(PY)
	@echo "Installing what the benchmark compares (about a minute)"
	@$(PY) -m venv --clear $(BENCH)
	@$(BENCH)/bin/python $(LOCKED) -r requirements-bench.txt
	@touch $@

$(AUDIT)/.done: requirements-audit.txt | $(PY)
	@echo "Installing what looks for known faults"
	@$(PY) -m venv --clear $(AUDIT)
	@$(AUDIT)/bin/python $(LOCKED) -r requirements-audit.txt
	@touch $@

browser:
	@command -v chromium >/dev/null && exit 0; \
	if ! command -v apt-get >/dev/null; then as=none; \
	elif [ "$$(id -u)" = 0 ]; then as=; \
	elif sudo -n true 2>/dev/null; then as="sudo -n"; \
	else as=none; fi; \
	if [ "$$as" = none ]; then \
		echo "The browser tests need Chromium as 'chromium' on the PATH:" \
			"on Debian, 'apt-get install chromium' as root." >&2; \
		exit 1; \
	fi; \
	echo "Installing Chromium for the browser tests"; \
	$$as apt-get update -qq && \
	$$as env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-install-recommends chromium >/dev/null
