"""What is asked of the next search, and the button that starts it."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from mnist_core.config.recipes import RECIPES
from mnist_core.config.settings import knobs
from mnist_core.data.mnist import mnist_is_present
from mnist_core.data.parts import SIZES
from mnist_core.errors import MnistError
from mnist_core.search.folder import BOUNDS, Asked, Search
from mnist_core.search.space import SETTINGS
from mnist_ui import wording
from mnist_ui.pages.search.own import own_searches, refusal_now, start_search
from mnist_ui.session.limits import refusal_of_search
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import own_runs
from mnist_ui.widgets.expected_speed import expected_speed, known_speeds

_USUAL: Final = "compact"
_DATA: Final = "search_dataset"
_EPOCHS: Final = {"mnist": 5, "digits": 30}
"""By data set; those of the small set are a fiftieth as long."""
_NUM_RUNS: Final = 50


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What the form says: a search's name, what is asked of it, networks trained at a time."""

    name: str
    asked: Asked
    jobs: int


def usual_jobs() -> int:
    """Return how many networks of a search train at a time unless a person says otherwise.

    One core is left for the pages.
    """
    return max(1, min(_most_jobs(), (os.cpu_count() or 1) - 1))


def _most_jobs() -> int:
    cores = os.cpu_count() or 1
    return min(cores, max(1, settings().max_running)) if settings().is_public else cores


def start_panel(app: Shared, show: Callable[[Search], None]) -> None:
    """Show the form; `show` is called with the search that was started."""
    button = st.container()  # what happens on the press stands above what it follows
    try:
        plan = _form()
    except MnistError as error:
        with button:
            _start_button(is_offered=False)
            st.error(wording.unformatted(str(error)), icon=":material/error:")
        return
    with button:
        _offer_to_start(app, plan, show)
    with st.expander("As a command", icon=":material/terminal:"):
        where = ["--jobs", str(plan.jobs)] if app.searches.is_open else ["--cluster", "ADDRESS"]
        st.code(shlex.join([*_command(plan), *where]), language="bash", wrap_lines=True)


def _offer_to_start(app: Shared, plan: _Plan, show: Callable[[Search], None]) -> None:
    seconds = _expected_seconds(plan)
    if not app.searches.is_open:
        refused = (
            "This app trains nothing itself: a cluster does. Search in a terminal, with the command"
            " at the end of this form; the page shows it all the same."
        )
    else:
        refused = refusal_of_search(plan.asked, settings(), seconds=seconds) or refusal_now(
            app.searches
        )
    if _start_button(is_offered=refused is None):
        try:
            show(start_search(app.searches, plan.name, plan.asked, jobs=plan.jobs))
        except (MnistError, OSError) as error:
            st.error(wording.unformatted(str(error)), icon=":material/error:")
        else:
            st.rerun()  # the search stands outside of what a button here runs
    if refused is not None:
        st.info(refused, icon=":material/block:")
    asked = plan.asked
    runs = asked.trials * asked.seeds
    st.caption(
        f"Up to {runs:,} short trainings, about {wording.duration(seconds)} at the most: weak"
        " networks are given up after their first seeds. It goes on when you close this page."
    )


def _start_button(*, is_offered: bool) -> bool:
    return st.button(
        "Start the search",
        key="start_search",
        type="primary",
        icon=":material/travel_explore:",
        width="stretch",
        disabled=not is_offered,
    )


def _expected_seconds(plan: _Plan) -> float:
    asked = plan.asked
    sizes = SIZES[asked.dataset]
    model = asked.network or RECIPES[asked.recipe].config.model
    speed = expected_speed(model, known_speeds(own_runs()[:_NUM_RUNS]))
    epoch = (sizes.train - sizes.search) / speed
    return asked.trials * asked.seeds * asked.epochs * epoch / plan.jobs


def _form() -> _Plan:
    """Show the widgets; raises `ConfigError` where what they say does not fit together."""
    most = _number("At most so many parameters", "max_parameters", 7_999, step=500)
    dataset = _choose_data()
    trials = _number(
        "Networks to try",
        "trials",
        50,
        step=10,
        allowed=settings().max_trials,
        help="Each is a network with settings of its own, chosen by what did well before"
        " (Optuna’s TPE); the first is the recipe itself, where it is one of them. What does not"
        " fit the limit is refused by arithmetic and not counted.",
    )
    left, right = st.columns(2)
    with left:
        usual = _EPOCHS[dataset]
        epochs = _number(
            "Epochs each", "epochs", usual, allowed=settings().max_epochs, key=f"epochs_{dataset}"
        )
    with right:
        seeds = _number(
            "Seeds each",
            "seeds",
            3,
            help="Trained so many times with other random numbers; their mean counts.",
        )
    recipe, network, fixed = _what_is_searched_over()
    asked = Asked(
        max_parameters=most,
        trials=trials,
        epochs=epochs,
        seeds=seeds,
        dataset=dataset,
        recipe=recipe,
        network=network,
        fixed=fixed,
    )
    return _Plan(name=_choose_name(asked), asked=asked, jobs=_choose_jobs())


def _number(
    label: str,
    name: str,
    usual: int,
    *,
    step: int = 1,
    allowed: int | None = None,
    help: str | None = None,
    key: str | None = None,
) -> int:
    least, most = BOUNDS[name]
    most = most if allowed is None else min(most, allowed)
    return int(
        st.number_input(
            label,
            min_value=least,
            max_value=most,
            value=min(usual, most),
            step=step,
            key=f"search_{key or name}",
            help=help,
            persist_state="session",
        )
    )


def use_mnist() -> None:
    """Let the form stand on MNIST, which has just come."""
    st.session_state[_DATA] = "mnist"


def _choose_data() -> str:
    chosen = st.selectbox(
        "Data",
        ["mnist", "digits"] if mnist_is_present() else ["digits"],
        key=_DATA,
        help=None
        if mnist_is_present()
        else "MNIST is not on this machine yet; a button at the top of the page fetches it.",
        persist_state="session",
    )
    return str(chosen)


def _what_is_searched_over() -> tuple[str, str | None, tuple[str, ...]]:
    """Return the recipe, the network if that is given, and the settings that stay."""
    network = None
    if not st.toggle(
        "Search over networks", value=True, key="search_networks", persist_state="session"
    ):
        network = st.text_input(
            "The network, in one line or by its name",
            _USUAL,
            key="search_network",
            persist_state="session",
        ).strip()
    free = st.pills(
        "Search over settings",
        list(SETTINGS),
        default=list(SETTINGS),
        selection_mode="multi",
        format_func=lambda name: knobs()[name].label,
        key="search_settings",
        persist_state="session",
    )
    recipe = st.selectbox(
        "What is not searched over is as in",
        [name for name, recipe in RECIPES.items() if not recipe.config.stroke_renders],
        index=list(RECIPES).index(_USUAL),
        format_func=lambda name: RECIPES[name].title,
        key="search_recipe",
        persist_state="session",
    )
    return str(recipe), network, tuple(name for name in SETTINGS if name not in (free or ()))


def _choose_name(asked: Asked) -> str:
    usual = _unused_name(f"below-{asked.max_parameters + 1}")
    typed = st.text_input(
        "Name",
        placeholder=usual,
        max_chars=40,
        key="search_name",
        help="Letters, digits, - and _. The same question under the same name goes on with it.",
    )
    return typed.strip() or usual


def _unused_name(name: str) -> str:
    taken = {search.name for search in own_searches()}
    number = 2
    found = name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _choose_jobs() -> int:
    most = _most_jobs()
    if most == 1:
        return 1
    return int(
        st.number_input(
            "Trained at a time",
            min_value=1,
            max_value=most,
            value=usual_jobs(),
            key="search_jobs",
            help="One core each. What is found does not depend on it.",
            persist_state="session",
        )
    )


def _command(plan: _Plan) -> list[str]:
    asked = plan.asked
    words = ["python", "-m", "mnist_core", "search", "--name", plan.name]
    words += ["--max-parameters", str(asked.max_parameters), "--trials", str(asked.trials)]
    words += ["--epochs", str(asked.epochs), "--seeds", str(asked.seeds)]
    words += ["--dataset", asked.dataset]
    if len(asked.fixed) == len(SETTINGS):
        words += ["--fixed-recipe", asked.recipe]
    else:
        words += ["--recipe", asked.recipe]
        words += ["--fixed", *asked.fixed] if asked.fixed else []
    if asked.network:
        words += ["--fixed-network", asked.network]
    return words
