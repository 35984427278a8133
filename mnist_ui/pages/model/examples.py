"""Where a design can begin: networks with a name, one's own, and two that fail instructively."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mnist_core.networks.named import LINES, call


@dataclass(frozen=True, kw_only=True)
class Example:
    """A line to begin with, what its chip says, and one sentence on why to look at it."""

    title: str
    line: str
    why: str


_WHY: Final = {
    "record": "As accurate as any we know below 20,000 parameters: mean 99.6 % over ten seeds.",
    "compact-twice": (
        "Below 8,000 parameters, and still within the challenge’s 99.4 %: with x2 a kernel is used"
        " twice, one more layer for hardly more parameters."
    ),
    "tiny-thrice": (
        "How few parameters are enough for the challenge’s 99.4 %? These are, on average: two"
        " kernels are used three times, and b2 blurs where it halves, so that a digit may move."
    ),
    "tiny": "A short line to begin with: below 3,500 parameters, too, but at 99.29 %.",
    "swift": (
        "The least time: strides of two and a pool leave 6×6 places after the first layer. A place"
        " sees 24×24 pixels, a whole digit."
    ),
    "seed": "The challenge’s own network, written in bare parts: convolution, ReLU, batch norm.",
}

FAILURES: Final = (
    Example(
        title="sees 10 pixels",
        line="16c5 p2 24c3 max",
        why=(
            "A failure to learn from: an answer sees 10×10 pixels at a time. It finds strokes, but"
            " never how two of them lie to each other."
        ),
    ),
    Example(
        title="large, no batch norm",
        line="16C5 R p2 32C3 R p2 d 48C3 R 24C3 R max",
        why=(
            "A failure to learn from: 29,570 parameters in bare convolutions. Without batch norm it"
            " learns slowly, and more parameters do not make up for it."
        ),
    ),
)


def examples(own: Sequence[tuple[str, str]], most: int) -> dict[str, Example]:
    """Return what to begin with, by its line in normal form, those with a name first.

    `own` are names or lines that a visitor has trained, with what came of each, the newest first;
    at most so many of these lines are offered.
    """
    named = [Example(title=name, line=LINES[name], why=why) for name, why in _WHY.items()]
    yours = [
        Example(title=f"yours: {_shortened(line)}", line=line, why=result)
        for line, result in own
        if call(line) not in LINES
    ][:most]
    found: dict[str, Example] = {}
    for example in (*named, *yours, *FAILURES):
        found.setdefault(example.line, example)
    return found


def _shortened(line: str) -> str:
    return line if len(line) <= 24 else f"{line[:22].rstrip()} …"
