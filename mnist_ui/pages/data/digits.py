"""What the Data page shows: the digits, how many of each, and augmentation; needs torch."""

from typing import Any, Final

import streamlit as st
import torch
from torch import Tensor

from mnist_core.config.knob import Knob
from mnist_core.config.recipes import RECIPES, get_recipe
from mnist_core.config.settings import knobs
from mnist_core.data.augment import augment
from mnist_core.data.datasets import Digits, Part, load_data
from mnist_core.data.mnist import mnist_is_present, mnist_raw_dir
from mnist_ui import wording
from mnist_ui.components.plot import plot
from mnist_ui.pages.data.charts import addresses, class_balance, grid_html, mean_images

_PER_PAGE: Final = 54
_NUM_DISTORTED: Final = 17
_PARTS: Final = {"train": "training", "validation": "validation", "test": "test"}
_KNOBS: Final = {name: knob for name, knob in knobs().items() if knob.group == "augmentation"}


def show_digits() -> None:
    """Let a person choose digits and look through them; raises `DataError` for a damaged file."""
    st.session_state.setdefault("data_part", "train")
    st.session_state.setdefault("data_digit", "all")
    st.session_state.setdefault("augmented_digit", "7")
    st.session_state.setdefault("augmented_recipe", _first_recipe_that_augments())
    dataset, part = _choose()
    folder = str(mnist_raw_dir())
    images, labels = _part(_load(dataset, folder), part)
    shown = f"{dataset}_{part}"
    _browse(images, labels, shown)
    left, right = st.columns(2, gap="large")
    with left:
        _balance(labels, shown)
    with right:
        _mean(_means(dataset, folder, part))
    _augmentation(images, labels, shown)


@st.cache_resource(max_entries=2, show_spinner="Reading the images…")
def _load(dataset: str, folder: str) -> Digits:
    """Read a data set once for all visitors; `folder` only tells MNIST's places apart."""
    return load_data(dataset)


@st.cache_data(max_entries=6, show_spinner=False)
def _means(dataset: str, folder: str, part: str) -> list[str]:
    return addresses(mean_images(*_part(_load(dataset, folder), part)))


def _part(digits: Digits, name: str) -> Part:
    return {"train": digits.train, "validation": digits.watch, "test": digits.test}[name]


def _choose() -> tuple[str, str]:
    """Show the selectors; return the data set and the part of it."""
    left, right, _ = st.columns([1, 1.4, 1.2])
    datasets = ["mnist", "digits"] if mnist_is_present() else ["digits"]
    dataset = left.selectbox(
        "Data", datasets, format_func=wording.DATASETS.__getitem__, key="data_dataset"
    )
    part = right.segmented_control(
        "Images", list(_PARTS), format_func=_PARTS.__getitem__, key="data_part", required=True
    )
    return str(dataset), str(part)


@st.fragment
def _browse(images: Tensor, labels: Tensor, shown: str) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    digits = ["all", *map(str, range(10))]
    digit = str(left.pills("Digit", digits, key="data_digit", required=True, wrap=True))
    where = None if digit == "all" else (labels == int(digit)).nonzero()[:, 0]
    total = len(images) if where is None else len(where)
    num_pages = max(1, -(-total // _PER_PAGE))
    page = right.number_input(
        f"Page (of {num_pages:,})", 1, num_pages, key=f"data_page_{shown}_{digit}"
    )
    first = (int(page) - 1) * _PER_PAGE
    last = min(first + _PER_PAGE, total)
    places = list(range(first, last)) if where is None else where[first:last].tolist()
    truths = [str(label) for label in labels[places].tolist()]
    titles = [f"image {place:,}: a {truth}" for place, truth in zip(places, truths, strict=True)]
    st.html(grid_html(images[places], truths, titles))
    st.caption(f"{first + 1:,} to {last:,} of {total:,}. Point at an image for its number.")


def _balance(labels: Tensor, shown: str) -> None:
    counts: list[int] = labels.bincount(minlength=10).tolist()
    st.subheader("How many of each", anchor=False)
    told = ", ".join(f"{digit}: {count:,}" for digit, count in enumerate(counts))
    plot(
        class_balance(counts, shown=shown),
        key="data_balance",
        description=f"Images of each digit. {told}.",
        height=240,
    )
    rare, common = counts.index(min(counts)), counts.index(max(counts))
    st.caption(
        f"There are {counts[common] / max(counts[rare], 1):.2f} times as many {common}s as"
        f" {rare}s. Always answering “{common}” would be right in"
        f" {100 * counts[common] / sum(counts):.1f} % of cases."
    )


def _mean(pictures: list[str]) -> None:
    st.subheader("The mean of each", anchor=False)
    figures = "".join(
        f'<figure><img src="{picture}" alt="the mean of all {digit}s">'
        f"<figcaption>{digit}</figcaption></figure>"
        for digit, picture in enumerate(pictures)
    )
    st.html(f'<div class="digit-grid means">{figures}</div>')
    st.caption("All images of a digit laid over each other: blurred where people differ.")


@st.fragment
def _augmentation(images: Tensor, labels: Tensor, shown: str) -> None:
    st.subheader("What augmentation does", anchor=False)
    st.markdown(
        "In training each image is distorted a little, differently in every epoch, so that the"
        " network never sees the same picture twice and learns what does not matter. This is the"
        " very function that training uses."
    )
    left, right = st.columns([1.6, 1], gap="large")
    with right:
        amounts = _amounts()
    with left:
        digit = st.pills(
            "Digit",
            [str(d) for d in range(10)],
            key="augmented_digit",
            required=True,
            wrap=True,
        )
        with st.container(horizontal=True, gap="small"):
            for label, icon, what in (
                ("Another image", "image", "image"),
                ("Distort it anew", "casino", "seed"),
            ):
                st.button(
                    label,
                    key=f"another_{what}",
                    icon=f":material/{icon}:",
                    on_click=_count,
                    args=(what,),
                )
        _show_distorted(images, labels, int(str(digit)), amounts)


def _count(what: str) -> None:
    st.session_state[f"augmented_{what}"] = st.session_state.get(f"augmented_{what}", 0) + 1


def _first_recipe_that_augments() -> str:
    def amounts(name: str) -> list[float]:
        return [getattr(RECIPES[name].config, knob) for knob in _KNOBS]

    return next((name for name in RECIPES if any(amounts(name))), next(iter(RECIPES)))


def _amounts() -> dict[str, float]:
    """Show the recipes and, beginning with the chosen one's values, a slider a knob."""
    name = st.selectbox(
        "As in the recipe",
        list(RECIPES),
        format_func=lambda name: RECIPES[name].title,
        key="augmented_recipe",
    )
    recipe = get_recipe(str(name))
    return {
        knob_name: _slider(f"augmented_{recipe.name}_{knob_name}", knob, start)
        for knob_name, knob in _KNOBS.items()
        for start in [getattr(recipe.config, knob_name)]
    }


def _slider(key: str, knob: Knob, start: float) -> float:
    st.session_state.setdefault(key, start)
    unit = f" ({knob.unit})" if knob.unit else ""
    bounds: dict[str, Any] = {
        "min_value": knob.minimum,
        "max_value": knob.maximum,
        "step": knob.step,
        "format": "%g",
    }
    return float(st.slider(knob.label + unit, **bounds, key=key, help=knob.help))


def _show_distorted(images: Tensor, labels: Tensor, digit: int, amounts: dict[str, float]) -> None:
    own = (labels == digit).nonzero()[:, 0]
    if not len(own):
        st.caption(f"There is no {digit} among these images.")
        return
    place = int(own[st.session_state.get("augmented_image", 0) % len(own)])
    generator = torch.Generator().manual_seed(st.session_state.get("augmented_seed", 0))
    distorted = augment(images[[place] * _NUM_DISTORTED], generator, **amounts)
    original = images[[place]].float() / 255
    titles = ["as it is", *(f"distorted, {number}" for number in range(1, _NUM_DISTORTED + 1))]
    captions = ["as it is", *[""] * _NUM_DISTORTED]
    st.html(grid_html(torch.cat([original, distorted]), captions, titles, size="large"))
    if any(amounts.values()):
        st.caption(
            f"Image number {place:,}, and {_NUM_DISTORTED} examples of what training makes of it."
        )
    else:
        st.caption("All is at zero: training would show the network this image as it is.")
