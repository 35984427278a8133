"""Draws the measurements as a chart: `docs/speed.svg` from a folder of the other commands' JSON.

Each goal is a line: bars of the upper part are to reach theirs, bars of the lower to stay short of
it. A bar longer than twice its goal is cut there, with an arrow. The chart brings its own
background, so that it reads on a light page and on a dark one.
`python -m benchmarks.throughput --json > FOLDER/throughput.json`, and so on; then
`python -m benchmarks.plot FOLDER [--output FILE] [--json]`
"""

import json
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import command, readable
from mnist_core.files import PROJECT_DIR

_WIDTH: Final = 890
_LEFT: Final = 350
_BAR: Final = 340
"""Length of a bar of twice its goal; the goal's line is in the middle."""

_ROW: Final = 27
_STYLE: Final = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #20242f; }
  .title { font-size: 18px; font-weight: 650; }
  .part { font-weight: 600; }
  .small { font-size: 11.5px; fill: #6a6f7d; }
  .ground { fill: #fbfaf7; stroke: #ddd8cd; }
  .track { fill: #eeeae1; }
  .met { fill: #0b7a5e; }
  .missed { fill: #c8590f; }
  .goal { stroke: #20242f; stroke-width: 1.5; stroke-dasharray: 4 3; }
"""

Measured = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, and say where."""
    parser = command(__doc__)
    parser.add_argument("folder", type=Path, help="with the JSON of the other commands")
    parser.add_argument(
        "--output", type=Path, default=PROJECT_DIR / "docs" / "speed.svg", metavar="FILE"
    )
    options = parser.parse_args(arguments)
    reports = [
        found
        for path in sorted(options.folder.glob("*.json"))
        if "benchmark" in (found := json.loads(path.read_text(encoding="utf-8")))
    ]
    if not reports:
        print(
            f"There is no measurement in {options.folder}; write one there with"
            f" python -m benchmarks.throughput --json > {options.folder}/throughput.json",
            file=sys.stderr,
        )
        sys.exit(2)
    options.output.write_text(draw(reports), encoding="utf-8")
    print(json.dumps({"output": str(options.output)}) if options.json else options.output)


def draw(reports: Sequence[Measured]) -> str:
    """Return the chart of all results that have a goal."""
    results = [one for report in reports for one in report["results"] if one["goal"] is not None]
    machine: dict[str, str] = {}
    for report in reports:
        machine |= report["machine"]
    facts = f"{machine['processor']}, {machine['cores']} cores; " + ", ".join(
        f"{name} {version}"
        for name, version in machine.items()
        if name not in ("processor", "cores")
    )
    parts, top = [_text(24, 36, "Speed, measured", "title"), _text(24, 56, facts, "small")], 88
    for title, is_limit in (("To reach, at least", False), ("To stay below", True)):
        rows = [one for one in results if one["is_limit"] == is_limit]
        if not rows:
            continue
        parts.append(_text(24, top, title, "part"))
        parts.append(_text(_LEFT + _BAR / 2, top, "goal", "small", "middle"))
        parts += [_row(one, top + 10 + _ROW * index) for index, one in enumerate(rows)]
        middle, height = _LEFT + _BAR / 2, _ROW * len(rows)
        ends = f'x1="{middle}" x2="{middle}" y1="{top + 6}" y2="{top + 8 + height}"'
        parts.append(f'<line class="goal" {ends}/>')
        top += height + 44
    height = top - 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" role="img" aria-label="Speed, measured">'
        f"<style>{_STYLE}</style>"
        f'<rect class="ground" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="10"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _row(result: Measured, top: float) -> str:
    value, goal, unit = result["value"], result["goal"], result["unit"]
    length = _BAR * min(max(value / goal / 2, 0), 1)
    kind = "met" if result["is_met"] else "missed"
    words = f"{readable(value)} {unit} (goal {readable(goal)})"
    bar = f'x="{_LEFT}" y="{top + 4}" height="16" rx="3"'
    drawn = [
        _text(_LEFT - 12, top + 17, result["what"], anchor="end"),
        f'<rect class="track" {bar} width="{_BAR}"/>',
        f'<rect class="{kind}" {bar} width="{length:.1f}"/>',
        _text(_LEFT + _BAR + 16, top + 17, words),
    ]
    if value > 2 * goal:
        drawn.append(f'<path class="{kind}" d="M{_LEFT + _BAR} {top + 2} l9 10 l-9 10 z"/>')
    return "".join(drawn)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


if __name__ == "__main__":
    main()
