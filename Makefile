# Needs make and Python 3.11 or newer; everything else goes into .venv, made by the first target.

PYTHON ?= python3
# Test processes, and the threads each of them may compute with.
WORKERS ?= 2
THREADS ?= 1
# Where the English language models are trained.
ENGLISH ?= english-output
THAI ?= thai-output
ULMUS_DATA ?= ../shared/data

IN := .venv/bin
READY := .venv/.ready
CACHES := .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench bench-quick lessons pretrained-en pretrained-th clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

setup: $(READY)  ## Make .venv and install the library and its tools into it

demo: $(READY)  ## Run the whole path on text that every Python carries, into demo-output
	$(IN)/ulmus quickstart --out demo-output

test: $(READY)  ## Run the tests; WORKERS=0 for one process, ARGS="-k name" for some of them
	OMP_NUM_THREADS=$(THREADS) $(IN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(READY)  ## Lint, formatting, docstrings, types, floors, sizes of files and functions
	$(IN)/ruff check .
	$(IN)/ruff format --check .
	$(IN)/mypy
	$(IN)/lint-imports
	$(IN)/python -m pytest tests/repository/test_limits.py

bench: $(READY)  ## Measure beside fastai and write benchmarks/RESULTS.md; PEER=/path/to/its/python
	$(IN)/python benchmarks/run_all.py

bench-quick: $(READY)  ## The same with small jobs, to see that all works
	$(IN)/python benchmarks/run_all.py --quick

# The text, the corpus, both directions in full and in eight bits, all below ENGLISH.
pretrained-en: $(READY)  ## Train the English language models, hours, on a GPU minutes; ULMUS_DATA=DATA
	$(IN)/python experiments/english_text.py "$(ULMUS_DATA)" $(ENGLISH)/text
	$(IN)/ulmus prepare $(ENGLISH)/text/train.jsonl.gz --valid $(ENGLISH)/text/valid.jsonl.gz \
	  --test $(ENGLISH)/text/novels.jsonl.gz --set max_vocab=30000 --workers 2 --out $(ENGLISH)/corpus
	$(IN)/ulmus pretrain $(ENGLISH)/corpus --settings configs/pretrain-en.toml --out $(ENGLISH)/forward
	$(IN)/ulmus pretrain $(ENGLISH)/corpus --settings configs/pretrain-en.toml --backward \
	  --out $(ENGLISH)/backward
	$(IN)/ulmus shrink $(ENGLISH)/forward --out $(ENGLISH)/small-forward
	$(IN)/ulmus shrink $(ENGLISH)/backward --out $(ENGLISH)/small-backward

pretrained-th: $(READY)  ## Train a Thai language model, half an hour; ULMUS_DATA=DATA
	$(IN)/python experiments/thai_text.py "$(ULMUS_DATA)" $(THAI)/text
	$(IN)/ulmus prepare $(THAI)/text/train.jsonl.gz --valid $(THAI)/text/valid.jsonl.gz \
	  --language th --set max_vocab=30000 --out $(THAI)/corpus
	$(IN)/ulmus pretrain $(THAI)/corpus --settings configs/pretrain-th.toml --out $(THAI)/forward
	$(IN)/ulmus pretrain $(THAI)/corpus --settings configs/pretrain-th.toml --backward \
	  --out $(THAI)/backward

lessons: $(READY)  ## Run the lessons and write their notebooks into docs/lessons, half an hour
	ULMUS_DATA="$(ULMUS_DATA)" $(IN)/python docs/lessons/build.py

clean:  ## Remove .venv, caches and build results (demo-output stays)
	rm -rf .venv build dist $(CACHES) benchmarks/.peer benchmarks/.results src/ulmus/*/*.compiled
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# The build backend is installed first and used without isolation, so that it is pinned as well.
$(READY): pyproject.toml constraints.txt hatch_build.py $(wildcard src/ulmus/*/*.c)
	@set -e; is_new='import sys; sys.exit(sys.version_info < (3, 11))'; found=; \
	for name in "$(PYTHON)" python3.13 python3.12 python3.11; do \
	  if "$$name" -c "$$is_new" 2>/dev/null; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed, and none was found." >&2; \
	  echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 2; \
	fi; \
	if ! $(IN)/python -c "import pip; $$is_new" 2>/dev/null; then "$$found" -m venv --clear .venv; fi
	$(IN)/python -m pip install --disable-pip-version-check -c constraints.txt hatchling editables
	$(IN)/python -m pip install --disable-pip-version-check -c constraints.txt \
	  --no-build-isolation -e ".[dev]"
	@touch $@
