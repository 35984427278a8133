"""Whether a page that is long open, or long drawn on, grows: the memory of the server and the tab.

`--of training`: an open Train page, and a run that trains all the while. `--of drawing`: a 7 drawn
on the Draw page, read, and cleared, every two seconds; one that is not read within 30 s ends it.
What many kept runs cost is measured by `benchmarks.many_runs`.
`python -m benchmarks.soak [--of training|drawing] [--minutes N] [--json]`
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Final

from playwright.sync_api import Page, expect

from benchmarks.app import machine, memory_mb, open_page, running_app, wait_until_it_reads
from benchmarks.measure import command
from tests.browser.app import Server, Visit

_SECONDS_PER_LOOK: Final = {"training": 5.0, "drawing": 2.0}
_SECONDS_PER_READING: Final = 15.0
_SEVEN: Final = [(80, 70), (200, 70), (130, 225)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__)
    parser.add_argument("--of", choices=tuple(_SECONDS_PER_LOOK), default="training")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args(arguments)
    server: list[float] = []
    tab: list[float] = []
    num_looks = 0
    with running_app() as app, open_page(app.address) as page:
        act = _train(page) if options.of == "training" else _draw(page, app)
        next_reading = time.monotonic()
        end = next_reading + 60 * options.minutes
        while time.monotonic() < end:
            next_look = time.monotonic() + _SECONDS_PER_LOOK[options.of]
            act()
            num_looks += 1
            if time.monotonic() >= next_reading:
                server.append(memory_mb(app))
                tab.append(_heap_mb(page))
                next_reading += _SECONDS_PER_READING
            page.wait_for_timeout(1000 * max(0.0, next_look - time.monotonic()))
    result = {
        "of": options.of,
        "minutes": options.minutes,
        "looks": num_looks,
        "server": _summary(server),
        "tab": _summary(tab),
        "machine": machine(),
    }
    print(json.dumps(result) if options.json else json.dumps(result, indent=2))


def _train(page: Page) -> Callable[[], None]:
    """Start a long run; return what is then done at each look."""
    page.goto(f"{page.url}train?recipe=original&batch_size=8&epochs=100")
    page.get_by_role("button", name="Train", exact=True).click(timeout=120_000)
    page.locator(".st-key-accuracy [data-revision]").first.wait_for(timeout=120_000)
    page.wait_for_timeout(20_000)
    return lambda: expect(page.locator(".pill").first).to_have_text("training")


def _draw(page: Page, app: Server) -> Callable[[], None]:
    """Wait until drawings are read; return how one is drawn."""
    wait_until_it_reads(page)
    tab = Visit(page, app)

    def draw() -> None:
        tab.draw(_SEVEN)
        expect(tab.digit).to_have_text("7", timeout=30_000)
        tab.press("Clear")
        expect(tab.digit).to_have_text("?", timeout=30_000)

    return draw


def _heap_mb(page: Page) -> float:
    """Return what the tab's scripts hold, once what is no longer needed has been taken away."""
    page.request_gc()
    return page.evaluate("performance.memory.usedJSHeapSize") / 2**20


def _summary(readings: Sequence[float]) -> dict[str, float]:
    """Return megabytes: at first, at a quarter of the time, last, and the most."""
    return {
        "first_mb": round(readings[0], 1),
        "at_a_quarter_mb": round(readings[len(readings) // 4], 1),
        "last_mb": round(readings[-1], 1),
        "highest_mb": round(max(readings), 1),
    }


if __name__ == "__main__":
    main()
