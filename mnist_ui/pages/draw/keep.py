"""What it really was: a drawing is kept with its right digit, and the kept ones become a test.

Each visitor has a set of their own. Networks are measured on it when it is looked at, not while
one draws.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from mnist_core.data import drawings as store
from mnist_core.data.drawings import DrawingSet, Kept
from mnist_core.data.preprocess import Floats
from mnist_core.errors import MnistError
from mnist_core.files import last_changed
from mnist_core.images import data_address
from mnist_ui.components.drawing import Drawing
from mnist_ui.pages.draw.fine_tune import offer_to_fine_tune
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import visitor
from mnist_ui.widgets.network_choice import Network, list_networks
from mnist_ui.widgets.why import Puzzle, explain_next, go_to_explain

_PER_PAGE: Final = 16
_LAST: Final = "last_kept"
_REFUSED: Final = "why_not_kept"


@dataclass(frozen=True, kw_only=True)
class ToKeep:
    """A drawing of one digit, uint8 (H, W), (H, W, 3) or (H, W, 4), light ink on dark.

    `image` (28, 28) is what a network sees of it; `strokes` are the points (x, y) of each, where a
    pen alone made it.
    """

    drawing: Drawing
    image: Floats
    strokes: list[list[tuple[int, int]]] | None = None

    @property
    def digest(self) -> bytes:
        return hashlib.blake2b(self.drawing.tobytes(), digest_size=16).digest()


def keep_section(
    app: Shared, network: Network, shown: ToKeep | None, find: Callable[[], ToKeep | None]
) -> None:
    """Ask what the drawing was, and show what was kept so far; meant to be part of a fragment.

    `shown` is what the page shows now. `find` is asked at a press: by then there may be more of
    the drawing than the page has answered. Both are None where there is no one digit.
    """
    _ask(shown, find)
    go_to_explain()
    kept = store.list_kept(visitor())
    if not kept:
        return
    box = st.expander(
        "Your drawings", icon=":material/folder_special:", key="your_drawings", on_change="rerun"
    )
    if box.open:
        with box:
            _show_set(app, network, kept)


def _ask(shown: ToKeep | None, find: Callable[[], ToKeep | None]) -> None:
    """Show ten buttons that keep the drawing as a digit; a second press corrects the first.

    They can be pressed at any time: right after a stroke the page may not know of it yet.
    """
    last: tuple[bytes, Kept] | None = st.session_state.get(_LAST)
    kept_as = last[1].label if shown and last and last[0] == shown.digest else None
    with st.container(key="was_it", gap="small"):
        # A callback here may show nothing itself. It counts until the drawing is another.
        refused: tuple[bytes | None, str] | None = st.session_state.get(_REFUSED)
        if refused and refused[0] == (shown and shown.digest):
            st.caption(refused[1])
        elif kept_as is None:
            st.caption("Was it something else? Say what it was, and the drawing is kept.")
        else:
            st.caption(f"Kept as a {kept_as}. Another digit changes that.")
        with st.container(horizontal=True, gap="small"):
            for digit in range(10):
                st.button(
                    str(digit),
                    key=f"was_a_{digit}",
                    type="primary" if digit == kept_as else "secondary",
                    on_click=_keep,
                    args=(find, digit),
                )


def _keep(find: Callable[[], ToKeep | None], label: int) -> None:
    last: tuple[bytes, Kept] | None = st.session_state.get(_LAST)
    found = None
    try:
        found = find()
        if found is None:
            st.session_state[_REFUSED] = None, "Draw one digit, then say what it was."
            return
        kept = store.keep(
            found.drawing, label, image=found.image, strokes=found.strokes, owner=visitor()
        )
        if last and last[0] == found.digest:
            store.delete(last[1].id, owner=visitor())
    except MnistError as error:
        st.session_state[_REFUSED] = found and found.digest, str(error)
        return
    st.session_state[_LAST] = found.digest, kept


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(owner: str, ids: tuple[str, ...]) -> DrawingSet:
    """Read an owner's set anew when another drawing is in it."""
    return store.read_set(owner)


@st.cache_data(max_entries=64, show_spinner="Asking the networks…")
def _answers(
    _app: Shared, path: str, changed: int, owner: str, ids: tuple[str, ...]
) -> list[int | None]:
    """Return what a network reads in each drawing of the set, None where it is not sure.

    `changed` is its file's time.
    """
    return _app.networks.digits_of(Path(path), _read(owner, ids).images)


def _show_set(app: Shared, network: Network, kept: Sequence[Kept]) -> None:
    ids = tuple(one.id for one in kept)
    drawings = _read(visitor(), ids)
    if drawings.damaged:
        st.warning(
            f"{len(drawings.damaged)} of the pictures cannot be read and are left out:"
            f" {', '.join(drawings.damaged[:3])}.",
            icon=":material/warning:",
        )
    if not app.is_ready:
        st.caption("The networks are being loaded…")
    elif drawings.kept:
        _accuracies(app, network, drawings, ids)
    _gallery(app, network, drawings, ids)
    _what_to_do_with_them(app, network, drawings)


def _accuracies(app: Shared, network: Network, drawings: DrawingSet, ids: tuple[str, ...]) -> None:
    """Tell how many of the drawings each network reads: those that ship, and the chosen one."""
    others = [one for one in list_networks() if one.run is None and one.id != network.id]
    rows = ""
    for one in (network, *others):
        found = _answers_of(app, one, ids)
        if found is None:
            continue
        right = sum(a == b for a, b in zip(found, drawings.labels.tolist(), strict=True))
        share = 100 * right / len(found)
        name = "this run’s network" if one.run else one.card.name
        rows += (
            f"<tr{' class=chosen' if one is network else ''}><th scope=row>{name}</th>"
            f"<td>{right:,} of {len(found):,}</td><td>{share:.1f} %</td>"
            f"<td>{found.count(None):,}</td></tr>"
        )
    st.html(
        '<table class="read-right"><thead><tr><th scope=col>network</th><th scope=col>reads right'
        "</th><th scope=col></th><th scope=col>not sure</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _answers_of(app: Shared, network: Network, ids: tuple[str, ...]) -> list[int | None] | None:
    try:
        changed = last_changed(network.path)
        return _answers(app, str(network.path), changed, visitor(), ids)
    except MnistError:
        return None


def _gallery(app: Shared, network: Network, drawings: DrawingSet, ids: tuple[str, ...]) -> None:
    """Show the drawings, the newest first, each with its label and a way to delete it."""
    answers = _answers_of(app, network, ids) if app.is_ready and drawings.kept else None
    places = list(reversed(range(len(drawings.kept))))
    num_pages = -(-len(places) // _PER_PAGE)
    page = 1
    if num_pages > 1:
        page = int(st.number_input(f"Page (of {num_pages})", 1, num_pages, key="drawings_page"))
    with st.container(horizontal=True, gap="small", key="kept_drawings"):
        for place in places[(page - 1) * _PER_PAGE : page * _PER_PAGE]:
            one = drawings.kept[place]
            answer = one.label if answers is None else answers[place]
            with st.container(width=76, gap=None):
                st.html(_picture(drawings, place, answer))
                if answer != one.label:
                    _offer_why(network, drawings, place, answer)
                st.button(
                    "Delete",
                    key=f"delete_{one.id}",
                    type="tertiary",
                    width="stretch",
                    on_click=_delete,
                    args=(one.id,),
                )


def _offer_why(network: Network, drawings: DrawingSet, place: int, answer: int | None) -> None:
    one = drawings.kept[place]
    read = "which it is not sure of" if answer is None else f"read as {answer}"
    puzzle = Puzzle(drawings.images[place, 0], f"A {one.label} that you drew, {read}.")
    st.button(
        "Why?",
        key=f"why_{one.id}",
        type="tertiary",
        width="stretch",
        on_click=explain_next,
        args=(puzzle, network.id),
        help="Open it on Explain.",
    )


def _picture(drawings: DrawingSet, place: int, answer: int | None) -> str:
    label = drawings.kept[place].label
    words = f"{label}"
    if answer != label:
        read = "not sure" if answer is None else f"read as {answer}"
        words += f', <b class="wrong">{read}</b>'
    address = data_address(drawings.images[place, 0])
    return (
        f'<figure class="kept"><img src="{address}" alt="a {label} you drew">'
        f"<figcaption>{words}</figcaption></figure>"
    )


def _delete(kept_id: str) -> None:
    try:
        store.delete(kept_id, owner=visitor())
    except MnistError as error:
        st.toast(str(error), icon=":material/error:")


def _what_to_do_with_them(app: Shared, network: Network, drawings: DrawingSet) -> None:
    owner = visitor()
    with st.container(horizontal=True, gap="small"):
        offer_to_fine_tune(app, network, drawings)
        st.download_button(
            "Download",
            data=lambda: store.as_zip(owner),
            file_name="drawings.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="download_drawings",
            help="A ZIP archive of PNG pictures with a table of their labels.",
        )
        with st.popover("Delete all", icon=":material/delete:"):
            st.markdown(
                f"All {len(drawings.kept):,} drawings are gone for good then. A run that was"
                " fine-tuned on them keeps its copies, to be able to go on: delete it on Runs."
            )
            st.button(
                "Delete them all",
                key="delete_all_drawings",
                type="primary",
                on_click=store.delete_all,
                args=(owner,),
            )
