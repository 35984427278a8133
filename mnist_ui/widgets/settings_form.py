"""A form out of the settings' own descriptions: `mnist_core.config.settings` says what there is.

The page's address carries what differs from the recipe, so that a link repeats a run.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

import streamlit as st

from mnist_core.config.knob import Knob
from mnist_core.config.recipes import RECIPES, Recipe, get_recipe
from mnist_core.config.settings import TrainConfig, changed_settings, knobs
from mnist_core.data.mnist import mnist_is_present
from mnist_core.errors import ConfigError
from mnist_ui.wording import unformatted

_RECIPE: Final = "recipe"
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
    start = _starting_values(recipe)
    basics = {name: knob for name, knob in knobs().items() if knob.group == _BASICS}
    others = {name: knob for name, knob in knobs().items() if knob.group != _BASICS}
    values: dict[str, Any] = {}
    values |= _widgets(recipe, start, basics)
    more = st.expander(
        "More settings", icon=":material/tune:", key="more_settings", on_change="rerun"
    )
    if more.open:
        with more:
            for group, members in groupby(others.items(), key=lambda item: item[1].group):
                st.markdown(f"**{_TITLES[group]}**")
                values |= _widgets(recipe, start, dict(members))
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
    changes = changed_settings(config, recipe.config)
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
    changes = changed_settings(config, known.config)
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


def _starting_values(recipe: Recipe) -> dict[str, Any]:
    start = recipe.config.to_json()
    if not mnist_is_present():
        start["dataset"] = "digits"
    return start | st.session_state["settings_to_start_with"]


def _widgets(
    recipe: Recipe, start: Mapping[str, Any], members: Mapping[str, Knob]
) -> dict[str, Any]:
    return {name: _widget(recipe, name, knob, start[name]) for name, knob in members.items()}


def _widget(recipe: Recipe, name: str, knob: Knob, start: Any) -> Any:
    key = _key(recipe, name)
    current = _current(recipe, name, start)
    is_changed = current != getattr(recipe.config, name)
    unit = f" ({knob.unit})" if knob.unit else ""
    label = f"{knob.label}{unit}" + (" :primary[● changed]" if is_changed else "")
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


def _write_address(recipe: Recipe, config: TrainConfig) -> None:
    address = address_of(recipe, config)
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)


def tell_changes(recipe: Recipe, config: TrainConfig) -> None:
    """Say what differs from the recipe, with a button that takes it back."""
    changes = changed_settings(config, recipe.config)
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
