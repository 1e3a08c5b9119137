# The one door to chores. `make` alone lists them.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help up demo dev assets chromium lint format test house browser messages docs bench bench-identity kill-test fuzz clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Prodsec needs into $(VENV) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -m compileall -q src
	@PYTHONDONTWRITEBYTECODE= $(BIN)/prodsec formats list > /dev/null
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.runtime
	@echo "Installing what the tests need into $(VENV) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

ASSETS := src/prodsec/site/static/prodsec.css
$(ASSETS): $(VENV)/.runtime $(wildcard frontend/package*.json frontend/*.mjs frontend/src/* frontend/src/*/* src/prodsec/site/locale/*/*/*.po)
	@frontend/build.sh
	@test ! -d src/prodsec/site/locale || $(BIN)/pybabel --quiet compile --domain django --directory src/prodsec/site/locale

assets: $(ASSETS) ## style sheets, scripts and fonts, built from frontend/, and translations

up: $(VENV)/.runtime $(ASSETS) ## start everything here and print the address (PORT, PRODSEC_HOME, DATABASE_URL)
	@exec $(BIN)/prodsec up

demo: $(VENV)/.runtime $(ASSETS) ## the same with a believable organisation in it
	@PRODSEC_HOME=$${PRODSEC_HOME:-.prodsec-demo} exec $(BIN)/prodsec up --demo

dev: $(VENV)/.test $(ASSETS) ## the environment for working on Prodsec

chromium: ## a Chromium for the browser tests, from the system's packages or through Playwright
	@deploy/chromium.sh

lint: dev ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: dev ## let ruff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: dev chromium ## every test: unit, doors, properties, house, docs, browser
	$(BIN)/pytest -n 2 --dist loadgroup -q

house: dev ## only what guards the house
	$(BIN)/pytest -q tests/house

browser: dev chromium ## only the pages, in a real browser
	$(BIN)/pytest -q tests/browser

messages: dev ## bring the catalogues of translations up to date with what pages say
	$(BIN)/python -m tests.translations.collect

docs: dev ## write the generated reference again
	$(BIN)/python -m tests.docs.generate

bench: dev ## speed and size against budgets (a table here, JSON in bench-results/)
	$(BIN)/python -m bench.run

bench-identity: dev ## how well findings keep their identity over real releases
	$(BIN)/python -m bench.identity

kill-test: dev ## kill worker, web and PostgreSQL at random moments of 200 imports
	$(BIN)/python -m bench.kill

$(VENV)/.fuzz: requirements/fuzz.txt $(VENV)/.test
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $@

fuzz: dev $(VENV)/.fuzz ## hostile files of 50 MB, mutated samples, and bytes led by coverage; others each night (some ten minutes on two cores)
	PRODSEC_HOSTILE=$${PRODSEC_HOSTILE:-$$(date +%-j)} $(BIN)/pytest -n 2 -q tests/formats/test_hostile.py
	PRODSEC_FUZZ=$${PRODSEC_FUZZ:-100} $(BIN)/pytest -n 2 -q tests/formats/test_fuzz.py
	PYTHONPATH=. $(BIN)/python -m tests.formats.fuzz_readers $${PRODSEC_FUZZ_SECONDS:-200}

clean: ## remove what was built or installed here; never data
	rm -rf $(VENV) frontend/node_modules src/prodsec/site/static build dist
