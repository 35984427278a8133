"""How soon a click on the Train page is answered, with and without a run going on.

A click raises the seed; it is answered when the page says so in its words about what was changed
from the recipe, which the server writes. The run that goes on trains on both cores.
`python -m benchmarks.clicks [--clicks N] [--json]`
"""

import json
import statistics
from collections.abc import Sequence

from playwright.sync_api import Page

from benchmarks.app import machine, open_page, running_app, wait_until_idle
from benchmarks.measure import command, percentile_95

_BETWEEN_CLICKS = 130  # milliseconds
_MEASURE = """
async (button, words) => {
  const said = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (!document.body.textContent.includes(words)) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now()));
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const started = performance.now();
  button.click();
  return (await said) - started;
}
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__)
    parser.add_argument("--clicks", type=int, default=60)
    options = parser.parse_args(arguments)
    with (
        running_app() as app,
        open_page(f"{app.address}/train?recipe=seed&threads=2") as page,
    ):
        page.get_by_role("button", name="Train", exact=True).wait_for()
        page.wait_for_timeout(10_000)  # torch is in, the warm process waits
        without = _click(page, options.clicks, first_seed=1)
        page.get_by_role("button", name="Train", exact=True).click()
        page.locator(".st-key-accuracy [data-revision]").first.wait_for()
        during = _click(page, options.clicks, first_seed=options.clicks + 1)
    result = {
        "clicks": options.clicks,
        "without_training_ms": _spread(without),
        "with_training_ms": _spread(during),
        "machine": machine(),
    }
    print(json.dumps(result) if options.json else json.dumps(result, indent=2))


def _click(page: Page, count: int, *, first_seed: int) -> list[float]:
    times: list[float] = []
    button = page.locator(".st-key-seed_seed").get_by_role("button", name="Increment")
    for seed in range(first_seed, first_seed + count):
        wait_until_idle(page)
        times.append(button.evaluate(_MEASURE, f"seed {seed}, threads 2."))
        page.wait_for_timeout(_BETWEEN_CLICKS * (1 + seed % 5))  # at any time between two looks
    return times


def _spread(times: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(times), 1),
        "p95": round(percentile_95(times), 1),
        "min": round(min(times), 1),
        "max": round(max(times), 1),
    }


if __name__ == "__main__":
    main()
