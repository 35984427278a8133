"""The searches that are watched: their heads, their pictures, and the trial that was chosen.

Drawn anew at each look; only what the journals newly say is read.
"""

import dataclasses
from dataclasses import dataclass
from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.search.folder import Asked, Search, State
from mnist_core.search.results import Found, Trial
from mnist_ui import wording
from mnist_ui.components.plot import ClickedPoint, plot
from mnist_ui.pages.search import charts, words
from mnist_ui.pages.search.one import show_head
from mnist_ui.pages.search.parallel import parallel
from mnist_ui.pages.search.readers import reader_of
from mnist_ui.pages.search.table import best_html
from mnist_ui.pages.search.trial_view import show_trial
from mnist_ui.pages.search.words import Shown
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.network_choice import choose_elsewhere, times_chosen_elsewhere

SECONDS_PER_LOOK: Final = 2.0
_CHOSEN: Final = "chosen_trial"
_SAID: Final = "said_of_chosen_trial"
_MOST_TO_CHOOSE: Final = 100
_NUM_AXES: Final = 8


@dataclass(frozen=True, kw_only=True)
class _Watched:
    search: Search
    asked: Asked
    found: Found
    state: State

    @property
    def name(self) -> str:
        return self.search.name


def look(search: Search) -> _Watched:
    """Return what is known of the search by now; raises `MnistError` where it cannot be read."""
    found = reader_of(search).read()
    state = search.state(len(found.trials))
    if state not in ("running", "stopping"):
        found = dataclasses.replace(found, under_way=())  # lost with the driver
    return _Watched(search=search, asked=search.asked, found=found, state=state)


def seconds_between_looks(searches: list[Search]) -> float | None:
    """Return how often to look at them: never once all have ended."""
    is_live = any(one.is_running() or one.is_queued() or one.is_starting() for one in searches)
    return SECONDS_PER_LOOK if is_live else None


def watch(app: Shared, searches: list[Search], seconds: float | None) -> None:
    """Show the searches; where they are to be looked at more or less often, the page runs again."""
    before = seconds_between_looks(searches)  # of what is shown: one may end while it is
    there = [one for one in searches if one.folder.is_dir()]
    watched: list[_Watched] = []
    for search in there:
        app.searches.watch(search)
        try:
            watched.append(look(search))
        except (MnistError, OSError) as error:
            st.error(wording.unformatted(str(error)), icon=":material/error:")
    for one in watched:
        show_head(app, one.search, one.asked, one.found, one.state)
    told = [one for one in watched if one.found.known]
    if told:
        _show_found(app, told)
    if there != searches or {before, seconds_between_looks(searches)} != {seconds}:
        st.rerun()  # one was deleted, or they are to be looked at more or less often


def _show_found(app: Shared, watched: list[_Watched]) -> None:
    chosen = _chosen(watched)
    shown = [
        Shown(
            name=one.name,
            found=one.found,
            recipe=one.asked.recipe,
            chosen=chosen[1] if chosen and chosen[0] is one else None,
        )
        for one in watched
    ]
    plot(
        charts.error_by_parameters(shown),
        key="trials",
        description=words.describe(shown),
        height=400,
        on_click=_choose_point,
    )
    st.caption(
        "A point for each network, from pale (tried first) to strong (last); open where it was"
        " given up after its first seeds, with a dot inside while seeds are missing. The line is"
        " the front: no smaller network is as good. The star has the least loss"
        + (", the cross is the recipe itself." if any(one.start for one in shown) else ".")
    )
    _choose_by_name(watched, chosen)
    if chosen is not None:
        show_trial(app, chosen[0].name, chosen[0].asked, chosen[1])
    if any(one.found.finished for one in watched):
        _show_findings(watched, shown)


def _show_findings(watched: list[_Watched], shown: list[Shown]) -> None:
    """Show what can be said once networks have been trained with all their seeds."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("The best so far", anchor=False)
        plot(
            charts.best_so_far(shown),
            key="best_so_far",
            description=words.describe_best(shown),
            height=300,
            on_click=_choose_point,
        )
    with right:
        st.subheader("Which choices matter", anchor=False)
        choices = _show_what_matters(watched)
    _show_parallel(shown, choices)
    for one in watched:
        if one.found.best:
            st.html(best_html(one.name, one.found, one.asked))


def _show_what_matters(watched: list[_Watched]) -> list[str]:
    """Show it; return the choices, the most important first."""
    shares = {one.name: reader_of(one.search).importances() for one in watched}
    shares = {name: share for name, share in shares.items() if share}
    if not shares:
        st.caption("Told once eight networks have been trained with all their seeds.")
        return []
    plot(
        charts.what_matters(shares),
        key="what_matters",
        description=words.describe_shares(shares),
        height=300,
    )
    st.caption("The share that each choice has in what sets the good networks apart (PED-ANOVA).")
    return charts.by_importance(shares)


def _show_parallel(shown: list[Shown], names: list[str]) -> None:
    if not names:
        return
    more = st.expander(
        "Parallel coordinates: a line for each network",
        icon=":material/ssid_chart:",
        key="parallel_open",
        on_change="rerun",
    )
    if not more.open:
        return
    with more:
        plot(
            parallel(shown, names[:_NUM_AXES]),
            key="parallel",
            description="A line for each network, through what was chosen for it to its error.",
            height=380,
            on_click=_choose_point,
        )
        st.caption(
            "The choices that matter most, from the left; “–” where a network did not have one. A"
            " click on a line opens that network above."
        )


def _chosen(watched: list[_Watched]) -> tuple[_Watched, Trial] | None:
    """Return the trial that the visitor chose, if it is one of those shown."""
    search, _, number = str(st.session_state.get(_CHOSEN, "")).partition("/")
    for one in watched:
        if one.name == search:
            for trial in one.found.known:
                if str(trial.number) == number:
                    return one, trial
    return None


def _choose_point(point: ClickedPoint) -> None:
    if point.id:
        choose_elsewhere(_CHOSEN, point.id)


def _key_of_list() -> str:
    """Return another key after each click: what is still said of the list before is no choice."""
    return f"trial_{times_chosen_elsewhere(_CHOSEN)}"


def _choose_by_name(watched: list[_Watched], chosen: tuple[_Watched, Trial] | None) -> None:
    """Show the networks as a list, the best first: a chart cannot be clicked with keys."""
    ranked = sorted(
        ((one, trial) for one in watched for trial in one.found.known),
        key=lambda pair: (pair[1].state != "finished", pair[1].loss),
    )[:_MOST_TO_CHOOSE]
    if chosen is not None and chosen not in ranked:
        ranked.append(chosen)
    labels = {
        charts.point_of(one.name, trial): (f"{one.name} " if len(watched) > 1 else "")
        + words.short(trial)
        for one, trial in ranked
    }
    current = charts.point_of(chosen[0].name, chosen[1]) if chosen else None
    said = current, labels.get(current or "")
    before = st.session_state.get(_SAID, said)
    if current is not None and current == before[0] and said != before:  # it reads otherwise now
        choose_elsewhere(_CHOSEN, current)
    st.session_state[_SAID] = said
    key = _key_of_list()
    st.session_state[key] = current

    def choose() -> None:
        if key == _key_of_list():
            st.session_state[_CHOSEN] = st.session_state[key]

    st.selectbox(
        "A network",
        list(labels),
        index=None,
        key=key,
        format_func=labels.__getitem__,
        placeholder="Click a point, or choose here: the best first",
        on_change=choose,
    )
