"""Whether a page left open on a long run grows: the server's memory over minutes of polling.

`python -m benchmarks.soak [--minutes N] [--json]`
"""

import argparse
import json
import time

from benchmarks.app import machine, memory_mb, open_page, running_app


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    readings: list[float] = []
    with (
        running_app() as app,
        open_page(f"{app.address}/train?recipe=original&batch_size=8&epochs=100") as page,
    ):
        page.wait_for_timeout(10_000)
        page.get_by_role("button", name="Train", exact=True).click()
        page.locator(".st-key-accuracy [data-revision]").first.wait_for()
        page.wait_for_timeout(20_000)
        end = time.monotonic() + 60 * options.minutes
        while time.monotonic() < end:
            readings.append(memory_mb(app))
            page.wait_for_timeout(5_000)
        state = page.locator(".pill").inner_text()
    result = {
        "minutes": options.minutes,
        "first_mb": round(readings[0], 1),
        "last_mb": round(readings[-1], 1),
        "growth_mb": round(readings[-1] - readings[0], 1),
        "highest_mb": round(max(readings), 1),
        "state_at_the_end": state,
        "machine": machine(),
    }
    print(json.dumps(result) if options.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
