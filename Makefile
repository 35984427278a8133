# make app: set everything up in .venv and open the app. make test: run every test.
# make check: the linters.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test check browser clean

app: .venv/app.stamp
	$(BIN)/streamlit run streamlit_app.py

test: .venv/test.stamp browser
	$(BIN)/pytest

check: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# The browser tests use a Chromium that is there, else Debian's, else Playwright's own.
browser: .venv/test.stamp
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -qq && apt-get install -qq -y chromium; } \
	|| $(BIN)/playwright install --with-deps chromium

.venv/app.stamp: requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check -q -r requirements.txt
	touch $@

.venv/test.stamp: requirements-dev.txt .venv/app.stamp
	$(BIN)/pip install --disable-pip-version-check -q -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv static/plotly.min.js .pytest_cache .ruff_cache test-results
