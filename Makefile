# The front doors: `make demo`, `make test` and `make paper`. Each makes its own virtual environment.
VENV := .venv
PYTHON := $(VENV)/bin/python
DEMO := results/demo

.PHONY: demo test paper verdict lint clean-demo

$(VENV)/.installed: pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(VENV)/bin/pip install --quiet -c constraints.txt -e '.[dev]'
	$(VENV)/bin/pip install --quiet -c constraints.txt --no-deps mostlyai-engine
	touch $@

demo: $(VENV)/.installed  ## three real tables that need no network: runs, a table, a figure
	$(PYTHON) run.py -m dataset=german,car,insurance \
	  method=imbllm,original,imbalance,duplicate,class_weight,smotenc,smote seed=0,1,2 \
	  launcher=joblib launcher.workers=2 \
	  runs_dir=$(DEMO)/runs tracking.uri=sqlite:///$(DEMO)/mlflow.db tracking.artifacts=$(DEMO)/mlartifacts
	$(PYTHON) scripts/summary.py --runs-dir $(DEMO)/runs --out $(DEMO) --store $(DEMO)/mlflow.db

paper: $(VENV)/.installed  ## every table, figure, statistic, the scorecard and the page from the stored records
	$(PYTHON) scripts/tables.py all --suite paper > /dev/null
	$(PYTHON) scripts/figures.py all --suite paper
	$(PYTHON) scripts/compare.py --suite paper > /dev/null
	$(PYTHON) scripts/scorecard.py --suite paper > /dev/null
	$(PYTHON) scripts/page.py --suite paper

# While the suite is incomplete: SPLITS=1 shows the first planned split, without a verdict.
SPLITS :=
verdict: $(VENV)/.installed  ## gains over nothing and class weights, with tests and figures, from the stored records
	$(PYTHON) scripts/verdict.py suite=natural $(if $(SPLITS),--splits $(SPLITS)) --out results/verdict
	$(PYTHON) scripts/verdict.py suite=paper --out results/verdict

test: $(VENV)/.installed-dev  ## the default tests (`pytest -m slow` has the long ones)
	$(PYTHON) -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

clean-demo:
	rm -rf $(DEMO)
