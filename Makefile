# The commands that stay the same. Each sets up what it needs.
SHELL := /bin/bash
PY := .venv/bin/python
export UV_PROJECT_ENVIRONMENT := .venv
# What Python compiled is kept, also where the shell says otherwise (images for containers do):
# without it every process compiles a thousand modules anew.
unexport PYTHONDONTWRITEBYTECODE
BUILT := acquit/static/built/manifest.json
TEXTS := acquit/locale/ro/LC_MESSAGES/django.mo

.PHONY: run test test-long check fuzz bench bench-cash docs setup front clean
.DEFAULT_GOAL := help

help:            ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

run: setup $(BUILT)  ## set up, load the demo company, serve
	@$(PY) -m acquit.entrypoints.console.main demo

test: setup $(BUILT)  ## set up, every check and every test
	@bash tools/browser.sh
	@$(MAKE) --no-print-directory check
	@$(PY) -m pytest -q -n 2

test-long: setup  ## twenty thousand broken documents before both judges, examples never seen
	@ACQUIT_MUTATIONS=20000 $(PY) -m pytest -q -n 2 tests/core/judges/test_agreement.py
	@for run in $$(seq $(or $(TIMES),5)); do \
		$(PY) -m pytest -q -n 2 -m hypothesis --hypothesis-profile=search || exit 1; done

check: setup     ## fast: lint, types, imports, style
	@.venv/bin/ruff check acquit tests tools benchmarks
	@.venv/bin/ruff format --check acquit tests tools benchmarks
	@.venv/bin/mypy acquit
	@.venv/bin/lint-imports
	@$(PY) -m tools.style
	@$(PY) -m tools.messages check

fuzz: setup      ## bent documents before readers and judge, FOR=60 seconds each
	@[ -d .tools/fuzz ] || $$(command -v uv || echo .tools/bin/uv) pip install --quiet --python $(PY) --target .tools/fuzz atheris==3.0.0
	@for target in read judge; do PYTHONPATH=.tools/fuzz $(PY) -m tools.fuzz $$target $(or $(FOR),60) || exit 1; done

bench: setup $(BUILT)  ## measure, beside the peers
	@$(PY) -m benchmarks.run

bench-cash: setup  ## which money settles what: the matcher beside simple ones
	@$(PY) -m benchmarks.cash.run

docs: setup      ## build the documentation
	@bash tools/docs.sh

setup: .venv/.done $(TEXTS)

$(TEXTS): .venv/.done $(wildcard acquit/locale/*/LC_MESSAGES/django.po)
	@$(PY) -m tools.messages compile

.venv/.done: pyproject.toml uv.lock
	@bash tools/setup.sh
	@touch $@

# The build keeps the styles that templates name, so templates count as its sources.
front $(BUILT): frontend/package-lock.json $(shell find frontend/src acquit/entrypoints -type f \( -path 'frontend/*' -o -name '*.html' \) 2>/dev/null)
	@bash tools/front.sh

clean:           ## remove what was built, keep data
	rm -rf .venv .tools frontend/node_modules acquit/static/built acquit/locale/*/LC_MESSAGES/*.mo
