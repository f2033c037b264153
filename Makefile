# Two commands set everything up: `make demo` and `make test`. They need python3 (3.11 or newer) and make.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
READY  := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help demo up down test check format lint types evals bench train-routing prices lock clean

help:
	@grep -E '^## ' Makefile | sed 's/^## /make /'

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Innkeeper needs Python 3.11 or newer; try make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(READY)

## demo            every capability once, all on this machine
demo: $(READY)
	$(RUN) -m innkeeper.cli demo

## up              Prefect server, deployments, a worker and the HTTP API on port 8003, until Ctrl-C
up: $(READY)
	$(RUN) -m innkeeper.cli up

## down            stop what `make demo` left running
down: $(READY)
	$(RUN) -m innkeeper.cli down

## test            all tests
test: $(READY)
	$(RUN) -m pytest

## check           format, lint, types, tests, and the gates of the evals
check: format-check lint types test evals-gate

.PHONY: format-check evals-gate
format: $(READY)
	$(RUN) -m ruff format .

format-check: $(READY)
	$(RUN) -m ruff format --check .

lint: $(READY)
	$(RUN) -m ruff check .

types: $(READY)
	$(RUN) -m mypy

evals-gate: $(READY)
	$(RUN) -m evals.routing.classification --gate
	$(RUN) -m evals.search.sample_hotel --gate
	$(RUN) -m evals.assistant.sample_hotel --gate
	$(RUN) -m evals.assistant.red_team --gate
	$(RUN) -m evals.execution.plans --gate

## evals           quality of every capability on the project's own cases
evals: $(READY)
	$(RUN) -m evals.routing.classification
	$(RUN) -m evals.routing.entities evals/routing/cases.jsonl
	$(RUN) -m evals.search.sample_hotel
	$(RUN) -m evals.assistant.sample_hotel
	$(RUN) -m evals.assistant.second_hotel
	$(RUN) -m evals.assistant.red_team
	$(RUN) -m evals.messages.mutations
	$(RUN) -m evals.messages.rewordings
	$(RUN) -m evals.logs.month
	$(RUN) -m evals.execution.plans --run
	$(RUN) -m evals.execution.kills

## bench           speed, as ratios measured in one run
bench: $(READY)
	$(RUN) -m benchmarks.routing
	$(RUN) -m benchmarks.models
	$(RUN) -m benchmarks.search
	$(RUN) -m benchmarks.knowledge
	$(RUN) -m benchmarks.messages
	$(RUN) -m benchmarks.assistant
	$(RUN) -m benchmarks.logs_sweep
	$(RUN) -m benchmarks.execution

## prices          model prices anew, from the installed genai-prices
prices: $(READY)
	$(RUN) -m innkeeper.engine.prices_update

## train-routing   learn the router from engine/routing/examples (about ten minutes)
train-routing: $(READY)
	$(RUN) -m innkeeper.engine.routing.training --cache .innkeeper/train-cache.npz

## lock            resolve the dependencies anew into requirements.lock
lock: $(READY)
	$(RUN) -m pip install --quiet uv
	$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--group pyproject.toml:dev --group pyproject.toml:train pyproject.toml --output-file requirements.lock

## clean           remove the environment and all state
clean:
	-test -x $(RUN) && $(RUN) -m innkeeper.cli down
	rm -rf $(VENV) .innkeeper dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
