"""How soon a keystroke in the line of the Model page is answered, with no run going on.

A word's number of channels is typed over; it is answered when the page shows the new network's
number of parameters, which the server counts. Streamlit waits for a pause of 250 ms in typing
before it sends anything: the goal counts from the message that is sent then, and the time from the
key itself is told beside it.
`python -m benchmarks.keystroke [--keys N] [--json]`
"""

from collections.abc import Sequence
from typing import Final, TypedDict

from playwright.sync_api import Page

from benchmarks.app import open_page, running_app, wait_until_idle
from benchmarks.measure import Result, Spread, command, percentile_95, report
from mnist_core.networks.notation import parse

_LINE: Final = "16c5 p2 2*16c3 p2 d 2*32c3 max"
_GOAL: Final = 100.0
_BETWEEN_KEYS: Final = 170  # milliseconds
_LISTEN: Final = """
() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...args) {
    globalThis.sentAt ??= performance.now(); // the first since a key
    return send.apply(this, args);
  };
}
"""
_MEASURE: Final = """
async (input, [key, words]) => {
  const said = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (!document.querySelector(".line-note")?.textContent.includes(words)) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now()));
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  input.focus();
  input.setSelectionRange(0, 1);
  globalThis.sentAt = undefined;
  const started = performance.now();
  document.execCommand("insertText", false, key);
  const shown = await said;
  return { answer: shown - globalThis.sentAt, key: shown - started };
}
"""


class _Times(TypedDict):
    answer: float
    key: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__)
    parser.add_argument("--keys", type=int, default=60)
    options = parser.parse_args(arguments)
    with running_app() as app, open_page(f"{app.address}/model?line={_LINE}") as page:
        page.evaluate(_LISTEN)
        page.get_by_role("group", name="Layer table").wait_for(timeout=60_000)  # torch is in
        page.wait_for_timeout(10_000)  # the warm process waits
        times = _type(page, options.keys)
    answers = Spread(tuple(found["answer"] for found in times))
    keys = Spread(tuple(found["key"] for found in times))
    result = Result(
        what="A keystroke is answered, 95th percentile",
        value=percentile_95(answers.values),
        unit="ms",
        goal=_GOAL,
        is_limit=True,
        spreads={"from the message, ms": answers, "from the key, ms": keys},
    )
    report(options, "keystroke", [result], packages=("streamlit", "plotly"), keys=len(times))


def _type(page: Page, count: int) -> list[_Times]:
    """Type over the first figure of the line, each time another one."""
    line = page.get_by_label("Your network in one line")
    times: list[_Times] = []
    for number in range(count):
        wait_until_idle(page)
        figure = str(2 + number % 2)
        total = f"{parse(figure + _LINE[1:]).parameters:,} parameters"
        times.append(line.evaluate(_MEASURE, [figure, total]))
        page.wait_for_timeout(_BETWEEN_KEYS * (1 + number % 5))
    return times


if __name__ == "__main__":
    main()
