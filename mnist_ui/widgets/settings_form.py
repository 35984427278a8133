"""A form out of the settings' own descriptions: `mnist_core.config.settings` says what there is.

The page's address carries what differs from the recipe, so that a link repeats a run.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

import streamlit as st

from mnist_core.config.knob import Knob
from mnist_core.config.recipes import RECIPES, Recipe, get_recipe
from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.data.mnist import usual_dataset
from mnist_core.errors import ConfigError
from mnist_ui.wording import unformatted

_RECIPE: Final = "recipe"
_DATASET: Final = "dataset"
_BASICS: Final = "basics"
_TITLES: Final = {
    "optimiser": "Optimiser",
    "regularisation": "Regularisation",
    "augmentation": "Augmentation",
    "data": "More than the data set",
    "machine": "Machine",
}


def settings_form(recipe: Recipe) -> TrainConfig | None:
    """Show the settings, beginning with the recipe's; return them as they stand.

    They are None, and the reason is on the page, where they do not fit together.
    """
    usual = _usual_settings(recipe)
    start = usual.to_json() | st.session_state["settings_to_start_with"]
    basics = {name: knob for name, knob in knobs().items() if knob.group == _BASICS}
    others = {name: knob for name, knob in knobs().items() if knob.group != _BASICS}
    values: dict[str, Any] = {}
    values |= _widgets(recipe, usual, start, basics)
    more = st.expander(
        "More settings", icon=":material/tune:", key="more_settings", on_change="rerun"
    )
    if more.open:
        with more:
            for group, members in groupby(others.items(), key=lambda item: item[1].group):
                st.markdown(f"**{_TITLES[group]}**")
                values |= _widgets(recipe, usual, start, dict(members))
    else:  # two dozen widgets that nobody sees would double the time of every click
        values |= {name: _current(recipe, name, start[name]) for name in others}
    try:
        config = TrainConfig(**values)
    except ConfigError as error:
        st.error(str(error), icon=":material/error:")
        return None
    _write_address(recipe, config)
    return config


def address_of(recipe: Recipe, config: TrainConfig) -> dict[str, str]:
    """Return the parts of a page's address that repeat these settings."""
    changes = recipe.changes_in(config)
    return {_RECIPE: recipe.name} | {name: str(value) for name, value in changes.items()}


def read_address(address: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the recipe's name and the changes that an address asks for.

    What is unknown or out of bounds in it is left out: an address is typed and pasted.
    """
    name = address.get(_RECIPE, "")
    recipe = RECIPES.get(name) or next(iter(RECIPES.values()))
    changes: dict[str, Any] = {}
    for key, text in address.items():
        if key in knobs() and (value := _parse(key, text)) is not None:
            try:
                recipe.config.replace(**{key: value})
            except ConfigError:
                continue
            changes[key] = value
    return recipe.name, changes


def train_again_with(recipe: str, config: TrainConfig) -> None:
    """Let the form stand on these settings when the Train page opens next."""
    known = get_recipe(recipe if recipe in RECIPES else next(iter(RECIPES)))
    st.session_state[_RECIPE] = known.name
    changes = known.changes_in(config)
    for name in knobs():
        st.session_state.pop(_key(known, name), None)
    st.session_state["settings_to_start_with"] = changes


def use_learning_rate(recipe: str, learning_rate: float) -> None:
    """Put a learning rate into the form of that recipe."""
    st.session_state[_key(get_recipe(recipe), "learning_rate")] = learning_rate


def _parse(name: str, text: str) -> Any:
    kind = type(getattr(TrainConfig(), name))
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    try:
        return kind(text)
    except ValueError:
        return None


def choose_recipe() -> Recipe:
    """Show the recipes; return the chosen one, at first the one that the address names."""
    if "settings_to_start_with" not in st.session_state:
        name, changes = read_address(st.query_params.to_dict())
        st.session_state.setdefault(_RECIPE, name)
        st.session_state["settings_to_start_with"] = changes
    name = st.selectbox(
        "Recipe",
        list(RECIPES),
        key=_RECIPE,
        format_func=lambda name: RECIPES[name].title,
        persist_state="session",
    )
    recipe = get_recipe(str(name))
    st.caption(recipe.description)
    return recipe


def _usual_settings(recipe: Recipe) -> TrainConfig:
    """Return the recipe's own settings for the data that is chosen.

    Where another data set was chosen since the last time, the settings that a person left as they
    were become those that the recipe has for it.
    """
    asked = st.session_state["settings_to_start_with"].get(_DATASET)
    dataset = str(_current(recipe, _DATASET, asked or usual_dataset()))
    usual = recipe.config_on(dataset)
    before = str(st.session_state.get(_made_for(recipe), dataset))
    st.session_state[_made_for(recipe)] = dataset
    for name, value in recipe.config_on(before).to_json().items():
        key = _key(recipe, name)
        if before != dataset and name != _DATASET and st.session_state.get(key) == value:
            st.session_state[key] = getattr(usual, name)
    return usual


def use_mnist() -> None:
    """Let the form of every recipe stand on MNIST, which has just been fetched."""
    st.session_state.get("settings_to_start_with", {}).pop(_DATASET, None)
    for recipe in RECIPES.values():
        if _key(recipe, _DATASET) in st.session_state:
            st.session_state[_key(recipe, _DATASET)] = "mnist"


def _widgets(
    recipe: Recipe, usual: TrainConfig, start: Mapping[str, Any], members: Mapping[str, Knob]
) -> dict[str, Any]:
    return {name: _widget(recipe, usual, name, knob, start[name]) for name, knob in members.items()}


def _widget(recipe: Recipe, usual: TrainConfig, name: str, knob: Knob, start: Any) -> Any:
    key = _key(recipe, name)
    current = _current(recipe, name, start)
    is_changed = current != (usual_dataset() if name == _DATASET else getattr(usual, name))
    unit = f" ({knob.unit})" if knob.unit else ""
    label = f"{knob.label}{unit}" + (" ● changed" if is_changed else "")
    shared: dict[str, Any] = {"key": key, "help": knob.help, "persist_state": "session"}
    if isinstance(start, bool):
        return st.toggle(label, **shared)
    if knob.is_open:
        options = [*knob.choices, *([current] if current not in knob.choices else [])]
        return st.selectbox(label, options, accept_new_options=True, **shared)
    if knob.choices:
        return st.selectbox(label, knob.choices, **shared)
    kind = type(start)
    assert knob.minimum is not None and knob.maximum is not None and knob.step is not None
    return st.number_input(
        label,
        min_value=kind(knob.minimum),
        max_value=kind(knob.maximum),
        step=kind(knob.step),
        format="%d" if kind is int else "%.10g",
        **shared,
    )


def _current(recipe: Recipe, name: str, start: Any) -> Any:
    """Return a setting as it stands, in the session: others in the app put values there too."""
    return st.session_state.setdefault(_key(recipe, name), start)


def _key(recipe: Recipe, name: str) -> str:
    return f"{recipe.name}_{name}"


def _made_for(recipe: Recipe) -> str:
    """Return where the session keeps the data set that the recipe's settings are for."""
    return f"{recipe.name}_made_for"


def _write_address(recipe: Recipe, config: TrainConfig) -> None:
    address = address_of(recipe, config)
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)


def tell_changes(recipe: Recipe, config: TrainConfig) -> None:
    """Say what differs from the recipe, with a button that takes it back."""
    changes = recipe.changes_in(config)
    if config.dataset == usual_dataset():
        changes.pop(_DATASET, None)
    if not changes:
        return
    told = ", ".join(f"{knobs()[name].label.lower()} {value}" for name, value in changes.items())
    st.caption(f"Changed from the recipe: {unformatted(told)}.")
    st.button(
        "Back to the recipe",
        key="back_to_recipe",
        on_click=_reset,
        args=(recipe,),
        icon=":material/undo:",
    )


def _reset(recipe: Recipe) -> None:
    st.session_state["settings_to_start_with"] = {}
    for name in knobs():
        st.session_state.pop(_key(recipe, name), None)
