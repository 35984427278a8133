"""Facts in words: the same sentence for the same fact on every page. Pure functions."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from mnist_core.checkpoints.card import Card
from mnist_core.config.challenge import CHALLENGE_ACCURACY
from mnist_core.config.settings import TrainConfig
from mnist_core.data.parts import SIZES
from mnist_core.experiments.entries import why_no_entry
from mnist_core.runs.events import Epoch

_SURE: Final = 0.95

_UNSURE: Final = 0.6

_FEW_SECONDS: Final = 5.0


DATASETS: Final = {"mnist": "MNIST", "digits": "the small set"}

_CHANCE: Final = 0.1
"""Percent. Two seeds of one recipe differ by so much now and then."""


_MARKUP: Final = re.compile(r"[\\`*_{}\[\]()#+\-.!~|<>$:]")


def num_train(config: TrainConfig) -> int:
    """Return how many images a run of this configuration trains on."""
    return SIZES[config.dataset].num_trained_on(config.watch)


def unformatted(text: str) -> str:
    """Return a text such that Markdown shows it as it stands: names, and lines with their `*`."""
    return _MARKUP.sub(r"\\\g<0>", text)


def told_apart(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels by id; to those that read the same the end of their id is added.

    A browser tells which option was chosen by its label, and of two that read the same Streamlit
    takes the last: two runs of one minute with the same accuracy, or two presses within a second.
    """
    times = Counter(labels.values())
    return {
        name: label if times[label] == 1 else f"{label} · {name[-4:]}"
        for name, label in labels.items()
    }


def duration(seconds: float) -> str:
    """Return a time as a person says it: "8 s", "3 min 20 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, minutes = divmod(minutes + (left >= 30), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def plan(config: TrainConfig, images_per_second: float) -> str:
    """Say what pressing Train will do and how long it will take at that speed."""
    images = num_train(config)
    seconds = config.epochs * images / images_per_second
    time = "a few seconds" if seconds < _FEW_SECONDS else f"about {duration(seconds)}"
    return f"{count_epochs(config.epochs)} over {images:,} images, {time}"


def watched(config: TrainConfig) -> str:
    """Name the images that are measured after each epoch."""
    return "known" if config.watch == "training" else config.watch


def what_is_watched(
    config: TrainConfig, test: Literal["to come", "measured", "left out"] = "to come"
) -> str:
    """Say which images the accuracy after each epoch is of, and what that means.

    `test`: whether the test images are to be looked at, have been, or were not, as it failed.
    """
    name = DATASETS[config.dataset]
    if config.watch == "test":
        return (
            f"It trains on all training images of {name} and is measured on the test images after"
            " each epoch. The result is the last epoch’s, never the best one’s."
        )
    looked_at, told = {
        "to come": ("wait until the end", "is told at the end (test)"),
        "measured": ("were looked at once, at the end", "was measured once, at the end (test)"),
        "left out": ("were not looked at", "was not measured"),
    }[test]
    num_watched = f"{SIZES[config.dataset].validation:,}"
    if config.watch == "validation":
        return (
            f"After each epoch it is measured on {num_watched} images of {name} held out of"
            f" training (validation); the test images {looked_at}."
        )
    return (
        f"It trains on all training images of {name}. After each epoch {num_watched} of these very"
        " images are measured, without augmentation; how well it reads images it has never seen"
        f" {told}."
    )


def measured_on(card: Card) -> str:
    """Name the images that the test accuracy is of."""
    return f"{DATASETS[card.dataset]}’s {card.test_total:,} test images"


def accuracy(card: Card) -> str:
    """Say how good a checkpoint is and on which images that was measured."""
    if card.test_accuracy is None:
        done = count_epochs(card.epochs)
        return f"{done} trained so far on {DATASETS[card.dataset]}; not measured yet"
    return f"{card.test_accuracy:.2f} % on {measured_on(card)}"


def against_challenge(card: Card) -> str:
    """Compare a measured checkpoint with the challenge's 99.4 %."""
    assert card.test_accuracy is not None
    if card.dataset != "mnist":
        return f"The challenge’s {CHALLENGE_ACCURACY} % counts on MNIST only."
    if reasons := why_no_entry(card):
        return f"It is no entry for the challenge: {'; '.join(reasons)}."
    gap = card.test_accuracy - CHALLENGE_ACCURACY
    if gap >= 0:
        return f"That meets the challenge: {CHALLENGE_ACCURACY} % was asked for."
    images = round(-gap / 100 * (card.test_total or 0))
    return f"{images:,} more right answers would meet the challenge’s {CHALLENGE_ACCURACY} %."


def own_drawings(card: Card) -> str:
    """Count the drawings of a person's own that a fine-tuned network learned from."""
    if not card.num_drawings:
        return "drawings of a person’s own"  # made by version 0.3, which did not count them
    return f"{card.num_drawings:,} drawings of a person’s own"


def began_from(card: Card) -> str:
    """Name the weights that a checkpoint began from; empty for random ones."""
    if card.hides_its_origin:
        return "a trained network that its card does not name"
    before = f", trained for {count_epochs(card.epochs_before)}" if card.epochs_before else ""
    return card.origin and card.origin + before


def all_epochs(card: Card) -> str:
    """Count the epochs of a checkpoint's training, those of its origin among them."""
    told = count_epochs(card.epochs)
    if card.hides_its_origin:
        return f"{told} beyond those it began with"
    return f"{told}, {plain_epochs(card.total_epochs)} in all" if card.epochs_before else told


def against_earlier(card: Card, earlier: Sequence[Card]) -> str:
    """Compare a measured checkpoint with the visitor's earlier ones on the same data."""
    assert card.test_accuracy is not None
    alike = [
        other.test_accuracy
        for other in earlier
        if other.dataset == card.dataset and other.test_accuracy is not None
    ]
    name = DATASETS[card.dataset]
    if not alike:
        return f"It is your first result on {name}."
    best, gained = max(alike), card.test_accuracy - max(alike)
    images = round(abs(gained) / 100 * (card.test_total or 0))
    if images == 0:
        return f"Exactly as good as your best on {name} so far."
    so_far = f"your best on {name} so far ({best:.2f} %)"
    change = f"{images:,} {'image' if images == 1 else 'images'}"
    text = (
        f"Your best yet: {change} more than {so_far}."
        if gained > 0
        else f"{change} fewer than {so_far}."
    )
    if abs(gained) < _CHANCE:
        text += f" Differences below {_CHANCE} % are mostly chance: another seed, another result."
    return text


def count_epochs(number: float) -> str:
    """Return "1 epoch", "2 epochs", "1.7 epochs"."""
    return "1 epoch" if number == 1 else f"{plain_epochs(number)} epochs"


def plain_epochs(number: float) -> str:
    """Return "2", "1.7"; what is almost a whole number is not made one."""
    if number == int(number):
        return f"{int(number):,}"
    short = f"{number:.1f}"
    return f"{number:.3f}" if short.endswith(".0") else short


def next_idea(card: Card) -> str:
    """Suggest what to try after a run."""
    if card.dataset != "mnist":
        return "Next: train on MNIST, the challenge’s own 60,000 images."
    if not card.is_complete:
        return "Next: let it go on to its last epoch; most is gained as the learning rate falls."
    if card.is_fine_tuned:
        return "Next: draw with it, and see whether it still misreads you."
    if card.test_accuracy is None or card.test_accuracy >= CHALLENGE_ACCURACY:
        return "Next: the same with another seed, or with fewer epochs. How few are enough?"
    if card.config.ema_decay == 0 or card.config.schedule == "constant":
        return "Next: a learning rate that rises and falls, and averaged weights, as in “seed”."
    return "Next: more epochs, or a little less augmentation."


def lines_left_out(number: int) -> str:
    """Say that some of what a run said cannot be read."""
    told = "1 line is left out" if number == 1 else f"{number:,} lines are left out"
    return f"{told} of what the run said: nobody can read {'it' if number == 1 else 'them'}."


def accuracy_course(epochs: Sequence[Epoch], watched: str) -> str:
    """Say what the chart of accuracies shows."""
    if not epochs:
        return "Accuracy by epoch: nothing yet."
    shares = ", ".join(f"{epoch.epoch}: {epoch.watch_accuracy:.2f} %" for epoch in epochs[-20:])
    return f"Accuracy on {watched} images by epoch. {shares}."


def how_trained(card: Card) -> str:
    """Say how a checkpoint came about."""
    images = f"{card.num_train:,} images of {DATASETS[card.dataset]}"
    start = began_from(card)
    return (
        f"Trained {f'from {start}, ' if start else ''}for {all_epochs(card)} on {images} in"
        f" {duration(card.seconds)} with the"
        f" recipe “{card.recipe}”, seed {card.config.seed}, on {card.date}."
    )


def certainty(probabilities: Sequence[float]) -> str:
    """Say how sure the network is of its likeliest digit, and what else it might be."""
    order = sorted(range(10), key=lambda digit: -probabilities[digit])
    first, second = order[0], order[1]
    share = format_probability(probabilities[first])
    if probabilities[first] >= _SURE:
        return f"Sure ({share})"
    if probabilities[first] >= _UNSURE:
        return f"Fairly sure ({share}). It could be a {second}."
    return f"Not sure ({share}). It could well be a {second}."


def format_probability(value: float) -> str:
    """Return a probability as a person reads it: never 100 % where some doubt is left."""
    if value < 0.0005:
        return "< 0.1 %"
    if value > 0.9995:
        return "> 99.9 %"
    return f"{100 * value:.1f} %"
