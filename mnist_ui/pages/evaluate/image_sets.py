"""The images a network can be measured on, and what came of it: kept in the server too, bounded.

torch is imported where a set is loaded or measured, never before.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from mnist_core.checkpoints.card import Card
from mnist_core.data import drawings
from mnist_core.data.drawings import list_kept
from mnist_core.data.label_errors import LABEL_ERRORS
from mnist_core.data.mnist import mnist_is_present
from mnist_core.data.parts import SIZES
from mnist_core.errors import DataError
from mnist_core.evaluation.evaluate import Evaluation
from mnist_core.evaluation.store import ImageSet, load_image_set, make_image_set, report_on
from mnist_core.files import last_changed
from mnist_ui import wording
from mnist_ui.pages.evaluate.gallery import Specimen
from mnist_ui.session.visitors import visitor
from mnist_ui.widgets.network_choice import Network

Places = NDArray[np.int64]
"""Where images stand in their set."""

_MAX_SETS: Final = 4
_MAX_REPORTS: Final = 24
"""Of half a megabyte each, for MNIST's test set."""


@dataclass(frozen=True)
class Source:
    """A set of images a visitor can choose; `load` raises `MnistError` with the remedy.

    `dataset` is None where the images are nobody's but the visitor's.
    """

    id: str
    label: str
    load: Callable[[], ImageSet]
    dataset: str | None = None
    part: str = ""

    def was_trained_on(self, card: Card) -> bool:
        """Whether the network learned from these very images."""
        is_own = self.dataset == card.dataset and self.part == "validation"
        return is_own and card.watch != "validation"

    @property
    def has_known_doubts(self) -> bool:
        """Whether the doubtful labels of `mnist_core.data.label_errors` are of these images."""
        return (self.dataset, self.part) == ("mnist", "test")


@dataclass(frozen=True)
class Examined:
    """A network, the images it was measured on, and what came of it."""

    network: Network
    source: Source
    images: ImageSet
    found: Evaluation

    @property
    def name(self) -> str:
        run = self.network.run
        return self.network.id if run is None else f"your run of {run.created:%-d %b, %H:%M}"

    @property
    def labels(self) -> Places:
        return self.images.labels.numpy()

    @property
    def answers(self) -> Places:
        return self.found.answers.numpy()

    @property
    def confidences(self) -> NDArray[np.float32]:
        """(N,) each answer's probability."""
        return self.found.probabilities.numpy().max(axis=1)

    @property
    def is_right(self) -> NDArray[np.bool_]:
        return self.answers == self.labels

    @property
    def mistakes(self) -> Places:
        """The places of the images read wrong, those with the largest loss first."""
        wrong = np.flatnonzero(~self.is_right)
        return wrong[np.argsort(-self.found.losses.numpy()[wrong], kind="stable")]

    def specimens(self, places: Iterable[int]) -> list[Specimen]:
        doubts = LABEL_ERRORS if self.source.has_known_doubts else {}
        return [
            Specimen(
                index=int(place),
                image=self.images.images[place, 0].numpy(),
                truth=int(self.labels[place]),
                answer=int(self.answers[place]),
                probabilities=self.found.probabilities[place].tolist(),
                doubt=doubts.get(int(place)),
            )
            for place in places
        ]


def list_sources(card: Card) -> list[Source]:
    """Return the sets that are on this machine, those of the network's own data first."""
    other = "digits" if card.dataset == "mnist" else "mnist"
    shared = [(card.dataset, "test"), (card.dataset, "validation"), (other, "test")]
    sources = [
        _shared_source(dataset, part)
        for dataset, part in shared
        if dataset != "mnist" or mnist_is_present()
    ]
    if kept := list_kept(visitor()):
        sources.append(Source("drawings", f"your drawings ({len(kept):,})", _drawings))
    return sources


def evaluation_of(checkpoint: Path, images: ImageSet) -> Evaluation:
    """Return what the checkpoint makes of the images; raises `CheckpointError`."""
    return _evaluation_of(checkpoint, last_changed(checkpoint), images.digest, images)


@st.cache_resource(show_spinner=False)
def turn() -> threading.Lock:
    """Return what whoever measures holds: one at a time, as visitors share the processor."""
    return threading.Lock()


def _shared_source(dataset: str, part: str) -> Source:
    num = SIZES[dataset].test if part == "test" else SIZES[dataset].validation
    return Source(
        id=f"{dataset}-{part}",
        label=f"{wording.DATASETS[dataset]}’s {part} images ({num:,})",
        load=lambda: _image_set(dataset, part),
        dataset=dataset,
        part=part,
    )


def _drawings() -> ImageSet:
    """Return what this visitor has kept; read anew each time, as they may keep more."""
    images, labels = drawings.load(visitor())
    if not len(labels):
        raise DataError("None of your drawings can be read. Keep new ones on the Draw page.")
    return make_image_set(
        "drawings", torch.from_numpy(images), torch.from_numpy(labels), is_private=True
    )


@st.cache_resource(max_entries=_MAX_SETS, show_spinner=False)
def _image_set(dataset: str, part: str) -> ImageSet:
    return load_image_set(dataset, part)


@st.cache_resource(max_entries=_MAX_REPORTS, show_spinner=False)
def _evaluation_of(checkpoint: Path, changed: int, digest: str, _images: ImageSet) -> Evaluation:
    with turn():
        return report_on(checkpoint, _images)
