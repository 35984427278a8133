"""What an evaluation says, in words. Pure functions."""

from collections.abc import Sequence
from typing import Final

from mnist_core.data.label_errors import LABEL_ERRORS, LabelError
from mnist_core.evaluation.metrics import (
    PairedCounts,
    ReliabilityBin,
    calibration_error,
    wilson_interval,
)

_SIGNIFICANT: Final = 0.05


def accuracy_words(correct: int, total: int, loss: float) -> str:
    """Say how many were read right, and how far chance may have moved that share."""
    low, high = wilson_interval(correct, total)
    return (
        f"{correct:,} of {total:,} read right, {total - correct:,} wrong; loss {loss:.4f}."
        f" 95 % interval: {low:.2f} to {high:.2f} % (Wilson), for with as many other images of the"
        " same kind the share would have come out a little different."
    )


def doubt_words(doubt: LabelError) -> str:
    """Say what people saw in an image whose label is doubtful."""
    if doubt.corrected is not None:
        given = doubt.votes_given or "none"
        return (
            f"Label in doubt: {doubt.votes_guessed} of 5 people saw a {doubt.corrected},"
            f" {given} a {doubt.given}."
        )
    if doubt.votes_neither >= 3:
        return (
            f"Label in doubt: {doubt.votes_neither} of 5 people saw neither a {doubt.given} nor"
            f" a {doubt.guessed}."
        )
    return f"Label in doubt: only {doubt.votes_given} of 5 people saw a {doubt.given}."


def doubts_words(num_doubted: int, num_wrong: int) -> str:
    """Say how many of the mistakes may be the label's and not the network's."""
    return (
        f"{num_doubted} of the {num_wrong:,} are among the {len(LABEL_ERRORS)} test images whose"
        " label people found wrong (Northcutt, Athalye and Mueller, 2021); they are marked."
    )


def cell_words(truth: int, answer: int, num: int, num_shown: int) -> str:
    """Say what a cell of the confusion matrix holds and in which order it is shown."""
    if num == 0:
        return f"No {truth} was read as {answer}."
    images = "1 image" if num == 1 else f"{num:,} images"
    verb = "was" if num == 1 else "were"
    if truth == answer:
        text = f"{images} of a {truth} {verb} read right. "
    else:
        text = f"{images} of a {truth} {verb} read as {answer}. "
    order = "least sure" if truth == answer else "surest"
    if num == num_shown:
        return text + (f"The {order} first." if num > 1 else "")
    return text + f"Here are the {num_shown} it was {order} of."


def calibration_words(bins: Sequence[ReliabilityBin]) -> str:
    """Say whether the network's probabilities can be believed, as far as chance lets one tell."""
    total = sum(one.num_images for one in bins)
    right = round(sum(one.num_images * one.accuracy for one in bins))
    sure = 100 * sum(one.num_images * one.confidence for one in bins) / total
    low, high = wilson_interval(right, total)
    if low <= sure <= high:
        verdict = "On the whole it is as sure as it should be."
    elif sure > high:
        verdict = "It is too sure of itself."
    else:
        verdict = "It is too modest: more often right than it thinks."
    error = 100 * calibration_error(bins)
    return (
        f"On average it is {sure:.2f} % sure of its answer, and {100 * right / total:.2f} % of the"
        f" answers are right. {verdict} Expected calibration error: {error:.2f} percentage points"
        " (the mean distance from the dashed line, weighted by images; Guo et al., 2017)."
    )


def comparison_words(counts: PairedCounts, first: str, second: str) -> str:
    """Say who is right more often, and whether that may be chance (McNemar)."""
    if counts.only_first + counts.only_second == 0:
        return "Both are right and wrong on the very same images."
    text = (
        f"{counts.only_first:,} images only {first} gets right, {counts.only_second:,} only"
        f" {second}. "
    )
    if counts.only_first == counts.only_second:
        return text + "A draw: nothing here says that one is better."
    better = first if counts.only_first > counts.only_second else second
    test = f"McNemar’s exact test, p {_p_words(counts.p)}"
    if counts.p < _SIGNIFICANT:
        return text + (
            f"{better} is better: were they equally good, chance would split those images so"
            f" unevenly in {_share_words(counts.p)} of such comparisons ({test})."
        )
    return text + (
        "That may well be chance: were they equally good, those images would be split at least so"
        f" unevenly in {_share_words(counts.p)} of such comparisons ({test}). These images do not"
        " say which is better."
    )


def _p_words(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"


def _share_words(p: float) -> str:
    if p >= 0.995:
        return "practically all"
    return "less than 0.1 %" if p < 0.001 else f"{100 * p:.2g} %"
