"""How soon the page answers when the pen is lifted, on both pads, and where the time goes.

From pen-up to the ten bars of the whole stroke drawn. On the way: the pad waits before it sends,
the server answers, the browser draws. `python -m benchmarks.pen [--strokes N] [--json]`
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

from benchmarks.app import machine, open_page, running_app, wait_until_idle, wait_until_it_reads
from benchmarks.measure import command

_WATCH = """
const log = { up: 0, sent: [], received: [], drawn: [] };
window.penLog = log;
window.addEventListener('pointerup', () => {
  Object.assign(log, { up: performance.now(), sent: [], received: [], drawn: [] });
}, { capture: true });
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', () => log.received.push(performance.now()));
  }
  send(content) {
    log.sent.push(performance.now());
    super.send(content);
  }
};
let shown = '';
new MutationObserver(() => {
  const parts = [...document.querySelectorAll('.bars, .steps')];
  const now = parts.map((part) => part.innerHTML).join();
  if (now === shown) return;
  shown = now;
  requestAnimationFrame(() => log.drawn.push(performance.now()));
}).observe(document, { subtree: true, childList: true });
"""

_IS_OVER = """() => {
  const { up, drawn } = window.penLog;
  const now = performance.now();
  if (up === Infinity) return false;
  return drawn.length ? now - drawn.at(-1) > 500 : now - up > 5000;
}"""

_STROKES = (
    [(80, 70), (200, 70), (130, 225)],
    [(176, 90), (140, 62), (104, 84), (104, 124), (140, 146), (174, 120), (176, 90), (170, 230)],
    [(90, 90), (120, 60), (180, 70), (180, 120), (90, 220), (200, 220)],
    [(140, 50), (145, 230)],
)
_CANVAS = {"live pad": ".pad-square", "drawable canvas": "canvas.upper-canvas"}


@dataclass(frozen=True)
class Answer:
    """One stroke's milliseconds: `total` from pen-up, and its three parts."""

    total: float
    pad: float
    server: float
    drawing: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__)
    parser.add_argument("--strokes", type=int, default=60)
    options = parser.parse_args(arguments)
    result: dict[str, object] = {"strokes": options.strokes}
    with running_app() as app, open_page(app.address) as page:
        page.add_init_script(_WATCH)
        page.reload()
        wait_until_idle(page)
        wait_until_it_reads(page)
        page.wait_for_timeout(10_000)  # the warm process waits
        for pad, selector in _CANVAS.items():
            if pad == "drawable canvas":
                page.locator(".st-key-is_live label").first.click()
                page.locator(selector).wait_for()
                page.wait_for_timeout(1_000)
            answers = [_draw(page, selector, number) for number in range(options.strokes)]
            result[pad] = _summary([answer for answer in answers if answer])
    result["machine"] = machine()
    print(json.dumps(result) if options.json else json.dumps(result, indent=2))


def _draw(page: Page, selector: str, number: int) -> Answer | None:
    """Draw one stroke on an empty pad and wait for the last answer to it.

    None where the whole stroke was answered before the pen was lifted.
    """
    pad = page.locator(selector)
    pad.evaluate("pad => pad.scrollIntoView({ block: 'center' })")
    box = pad.bounding_box()
    assert box is not None
    stroke = _STROKES[number % len(_STROKES)]
    shift = number % 7
    places = [(box["x"] + x + shift, box["y"] + y) for x, y in stroke]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=12)
    page.evaluate("window.penLog.up = Infinity")
    page.mouse.up()
    page.wait_for_function(_IS_OVER)
    log = page.evaluate("window.penLog")
    page.get_by_role("button", name="Clear", exact=True).click()
    page.locator(".digit", has_text="?").wait_for()
    page.wait_for_timeout(400)
    if not log["drawn"]:
        return None
    up, drawn = log["up"], log["drawn"][-1]
    # The whole stroke's is the last sent; on the live pad it may have gone just before pen-up.
    sent = max((time for time in log["sent"] if time < drawn), default=up)
    received = max((time for time in log["received"] if time < drawn), default=sent)
    return Answer(drawn - up, sent - up, received - sent, drawn - received)


def _summary(answers: list[Answer]) -> dict[str, float]:
    totals = [answer.total for answer in answers]
    return {
        "answers": len(answers),
        "median_ms": round(statistics.median(totals), 1),
        "p95_ms": round(statistics.quantiles(totals, n=20)[-1], 1),
        "pad_waits_ms": round(statistics.median(answer.pad for answer in answers), 1),
        "server_ms": round(statistics.median(answer.server for answer in answers), 1),
        "drawing_ms": round(statistics.median(answer.drawing for answer in answers), 1),
    }


if __name__ == "__main__":
    main()
