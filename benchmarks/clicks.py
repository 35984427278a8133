"""How soon a click on the Train page is answered, with and without a run going on.

A click changes the seed; it is answered when the script has run and the page
stands still. `python -m benchmarks.clicks [--clicks N] [--json]`
"""

import argparse
import json
import statistics

from playwright.sync_api import Page

from benchmarks.app import machine, open_page, running_app, wait_until_idle

_MEASURE = """
async (button) => {
  const app = document.querySelector('[data-testid=stApp]');
  const isIdle = () => app.dataset.testScriptState === 'notRunning';
  const started = performance.now();
  const answered = new Promise((resolve) => {
    let hasRun = false;
    const observer = new MutationObserver(() => {
      if (!isIdle()) hasRun = true;
      else if (hasRun) { observer.disconnect(); resolve(performance.now() - started); }
    });
    observer.observe(app, { attributes: true });
  });
  button.click();
  return await answered;
}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with (
        running_app() as app,
        open_page(f"{app.address}/train?recipe=seed&dataset=digits&epochs=100") as page,
    ):
        page.get_by_role("button", name="Train", exact=True).wait_for()
        page.wait_for_timeout(10_000)  # torch is in, the warm process waits
        without = _click(page, options.clicks)
        page.get_by_role("button", name="Train", exact=True).click()
        page.locator(".pill.running").wait_for()
        during = _click(page, options.clicks)
    result = {
        "clicks": options.clicks,
        "without_training_ms": _spread(without),
        "with_training_ms": _spread(during),
        "machine": machine(),
    }
    print(json.dumps(result) if options.json else json.dumps(result, indent=2))


def _click(page: Page, count: int) -> list[float]:
    times: list[float] = []
    for number in range(count):
        name = "Decrement" if number % 2 else "Increment"
        button = page.locator(".st-key-seed_seed").get_by_role("button", name=name)
        times.append(button.evaluate(_MEASURE))
        wait_until_idle(page)
    return times


def _spread(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=20)
    return {
        "median": round(statistics.median(times), 1),
        "p95": round(cuts[-1], 1),
        "min": round(min(times), 1),
        "max": round(max(times), 1),
    }


if __name__ == "__main__":
    main()
