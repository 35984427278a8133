"""Pictures and tables of an evaluation as pieces of HTML; every value is a number or escaped.

Pure functions; images are (28, 28) uint8, light ink on dark.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.label_errors import LabelError
from mnist_core.evaluation.metrics import ConfusedPair, DigitScore, PairedCounts
from mnist_core.images import data_address
from mnist_ui.components.pictures import picture_button
from mnist_ui.pages.evaluate.words import doubt_words
from mnist_ui.wording import format_probability

_NUM_NAMED: Final = 3


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """One image with its label and what the network makes of it.

    `index` is its place in its set. `probabilities`: (10,). `doubt`: the label is known to be
    doubtful.
    """

    index: int
    image: NDArray[np.uint8]
    truth: int
    answer: int
    probabilities: Sequence[float]
    doubt: LabelError | None = None

    @property
    def words(self) -> str:
        is_right = self.truth == self.answer
        return f"a {self.truth}" if is_right else f"a {self.truth} read as {self.answer}"


def specimens_html(specimens: Iterable[Specimen]) -> str:
    """Return the images, each with its label, the likeliest digits, and any doubt of the label.

    Each is a button with its place in the set.
    """
    return f'<div class="specimens">{"".join(map(_specimen, specimens))}</div>'


def scores_html(scores: Sequence[DigitScore]) -> str:
    """Return precision, recall and F1 of each digit as a table."""
    rows = "".join(
        f"<tr><th scope=row>{one.digit}</th><td>{one.num_images:,}</td>"
        f"<td>{_percent(one.precision)}</td><td>{_percent(one.recall)}</td>"
        f"<td>{_percent(one.f1)}</td></tr>"
        for one in scores
    )
    return (
        '<div class="measures"><table><thead><tr><th scope=col>digit</th><th scope=col>images</th>'
        "<th scope=col>precision</th><th scope=col>recall</th><th scope=col>F1</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def pairs_html(pairs: Sequence[ConfusedPair]) -> str:
    """Return the pairs of digits that are confused most, as a table."""
    rows = "".join(
        f"<tr><th scope=row>{pair.first} and {pair.second}</th><td>{pair.count:,}</td>"
        f"<td>{pair.forth:,}</td><td>{pair.back:,}</td></tr>"
        for pair in pairs
    )
    return (
        '<div class="measures"><table><thead><tr><th scope=col>pair</th><th scope=col>mistakes</th>'
        "<th scope=col>first read<br>as second</th><th scope=col>second read<br>as first</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def paired_html(counts: PairedCounts, first: str, second: str) -> str:
    """Return the table of who is right where; `first` and `second` are the networks' names."""
    first, second = html.escape(first), html.escape(second)
    return (
        '<div class="measures"><table class="paired"><thead><tr><td></td>'
        f"<th scope=col>{second}<br>right</th><th scope=col>{second}<br>wrong</th></tr></thead>"
        f"<tbody><tr><th scope=row>{first} right</th><td>{counts.both:,}</td>"
        f"<td class=odd>{counts.only_first:,}</td></tr>"
        f"<tr><th scope=row>{first} wrong</th><td class=odd>{counts.only_second:,}</td>"
        f"<td>{counts.neither:,}</td></tr></tbody></table></div>"
    )


def examples_html(images: Iterable[NDArray[np.uint8]], captions: Iterable[str]) -> str:
    """Return a row of images that shrinks to the width there is, each over its caption."""
    figures = "".join(
        f'<figure><img src="{data_address(image)}" alt=""><figcaption>{html.escape(caption)}'
        "</figcaption></figure>"
        for image, caption in zip(images, captions, strict=True)
    )
    return f'<div class="examples">{figures}</div>'


def _specimen(one: Specimen) -> str:
    likeliest = sorted(range(10), key=lambda digit: -one.probabilities[digit])[:_NUM_NAMED]
    if one.truth not in likeliest:
        likeliest[-1] = one.truth
    bars = "".join(_bar(digit, one.probabilities[digit], digit == one.truth) for digit in likeliest)
    words = one.words
    doubt = f"<p>{doubt_words(one.doubt)}</p>" if one.doubt else ""
    image = f'<img src="{data_address(one.image)}" alt="{words}">'
    return (
        f"<figure>{picture_button(one.index, image, title='Why? Open it on Explain')}"
        f"<figcaption><b>{words}</b><small>no. {one.index}</small><dl>{bars}</dl>{doubt}"
        "</figcaption></figure>"
    )


def _bar(digit: int, probability: float, is_truth: bool) -> str:
    kind = ' class="truth"' if is_truth else ""
    return (
        f"<div{kind}><dt>{digit}</dt><dd><i style='width:{100 * probability:.1f}%'></i></dd>"
        f"<dd>{format_probability(probability)}</dd></div>"
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"
