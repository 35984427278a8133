"""The parts of a network's line, a row each, with buttons that rewrite the line and nothing else.

A component of our own: a row of Streamlit's buttons for each part would be some seventy widgets to
tell of at every keystroke, and the focus would not follow a part that is moved.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, Final

import streamlit as st
import streamlit.components.v2 as components

from mnist_core.networks import edit
from mnist_core.networks.words import Kind, NotationError, Token, Word, read_word, split

_NEW: Final = {
    "8c3": "convolution",
    "p2": "halve",
    "d": "dropout",
    "max": "end",
    "mean": "end",
    "8C3": "bare",
    "B": "batch norm",
    "R": "ReLU",
}
"""What can be added, with what it is; what is needed most comes first."""

_STEPS: Final[dict[str, Callable[[str, int], str]]] = {
    "fewer": lambda line, place: edit.step_channels(line, place, -1),
    "more": lambda line, place: edit.step_channels(line, place, 1),
    "smaller": lambda line, place: edit.step_kernel(line, place, -1),
    "larger": lambda line, place: edit.step_kernel(line, place, 1),
}
"""They leave every part in its place: one pressed before the page has answered still means it."""

_MOVES: Final[dict[str, Callable[[str, int], str]]] = {
    "earlier": lambda line, place: edit.move(line, place, -1),
    "later": lambda line, place: edit.move(line, place, 1),
    "double": edit.double,
    "remove": edit.remove,
}


def part_rows(line: str, *, key: str, on_edit: Callable[[str], None]) -> None:
    """Show the parts of a line. `on_edit` is given the new line before the next run of the page.

    The session's `KEY_line` is the line that presses rewrite: the newest one, whoever wrote it.
    """
    name, newest = f"{key}_rows", f"{key}_line"
    st.session_state[newest] = line

    def take() -> None:
        presses = _unseen(st.session_state[name].presses, st.session_state.get(f"{key}_taken", 0))
        for press in presses:
            st.session_state[f"{key}_taken"] = press["number"]
            st.session_state[newest] = rewrite(str(st.session_state[newest]), press)
        if presses:
            on_edit(str(st.session_state[newest]))

    _component(
        key=name,
        data={
            "line": line,
            # A tuple: of a list Streamlit asks pandas, slow to load, whether it is a table.
            "rows": tuple(map(_row, split(line))),
            "taken": int(st.session_state.get(f"{key}_taken", 0)),
        },
        default={"presses": ()},
        on_presses_change=take,
    )


def rewrite(line: str, press: dict[str, Any]) -> str:
    """Return the line as a press asks for it; as it was where it asks for nothing we know.

    A press that counts places is left undone where it was made on another line.
    """
    action, place, word = press.get("action"), press.get("place"), press.get("word")
    if not isinstance(action, str) or not isinstance(place, int) or not isinstance(word, str):
        return line
    if action == "append" and word in _NEW:
        return _append(line, word)
    if action in _STEPS:
        return _STEPS[action](line, place)
    if press.get("line") != line:
        return line
    if action in ("before", "after") and word in _NEW:
        insert = edit.insert_before if action == "before" else edit.insert_after
        return insert(line, place, word)
    return _MOVES[action](line, place) if action in _MOVES else line


def _append(line: str, word: str) -> str:
    """Put a word at the end, but before `max` or `mean`: nothing can follow these."""
    tokens = split(line)
    has_end = bool(tokens) and tokens[-1].text in ("max", "mean")
    if has_end and word in ("max", "mean"):
        line, has_end = edit.remove(line, len(tokens)), False
    return edit.insert_after(line, len(split(line)) - has_end, word)


def _unseen(presses: Any, taken: int) -> list[dict[str, Any]]:
    """Return the presses that were not taken yet; what no browser of ours sends is left out."""
    if not isinstance(presses, list | tuple):
        return []
    found = [dict(press) for press in presses if isinstance(press, dict)]
    numbered = [press for press in found if type(press.get("number")) is int]
    return sorted((p for p in numbered if p["number"] > taken), key=lambda p: int(p["number"]))


def say_word(word: Word) -> str:
    """Say what a word of a line stands for."""
    match word.kind:
        case Kind.BLOCK | Kind.CONVOLUTION:
            text = _say_convolution(word)
        case Kind.MAX_POOL | Kind.MEAN_POOL | Kind.BLUR_POOL:
            text = f"{word.kind}: half as high and wide"
        case Kind.DROPOUT:
            text = f"dropout at {'the recipe’s rate' if word.rate is None else f'{word.rate:g}'}"
        case Kind.MAX_END | Kind.MEAN_END:
            text = f"{word.kind} of each channel, then ten answers"
        case Kind.NORM | Kind.RELU:
            text = str(word.kind)
    return f"{word.times} times: {text}" if word.times > 1 else text


def _say_convolution(word: Word) -> str:
    text = f"{word.channels} channel{'s' if word.channels > 1 else ''}, {word.kernel}×{word.kernel}"
    text += f", strides of {word.stride}" if word.stride > 1 else ""
    text += "" if word.is_padded else ", no padding"
    text += f", {word.groups} groups" if word.groups > 1 else ""
    text += f", used {word.repeats} times" if word.repeats > 1 else ""
    return f"{text}, batch norm, ReLU" if word.kind == Kind.BLOCK else f"bare {text}"


def _row(token: Token) -> dict[str, Any]:
    try:
        word = read_word(token)
    except NotationError:
        return {"word": token.text, "says": "?", "isWrong": True}
    return {
        "word": token.text,
        "says": say_word(word),
        "isConvolution": word.is_convolution,
        "isEnd": word.is_end,
    }


def _button(action: str, label: str, shown: str, word: str = "") -> str:
    more = f' data-word="{word}"' if word else ""
    more += ' aria-expanded="false"' if action == "add" else ""
    label = f' data-label="{label}" aria-label="{label}"'
    return f'<button type="button" data-action="{action}"{label}{more}>{shown}</button>'


def _sizes(name: str, less: tuple[str, str], more: tuple[str, str]) -> str:
    return f'<span class="sizes"><i>{name}</i>{_button(*less, "−")}{_button(*more, "+")}</span>'


def _additions(action: str, label: str) -> str:
    return "".join(
        _button(
            action,
            f"{label} {word}, {what}",
            f"{word}<small>{escape(what)}</small>" if action == "append" else word,
            word,
        )
        for word, what in _NEW.items()
        if not (action == "before" and what == "end")
    )


_HTML: Final = f"""
<div class="parts" role="group" aria-label="Parts of the network">
  <template><li><div><code></code><span class="says"></span></div>
    <div role="toolbar">
      {_sizes("channels", ("fewer", "Fewer channels"), ("more", "More channels"))}
      {_sizes("kernel", ("smaller", "Smaller kernel"), ("larger", "Larger kernel"))}
      {_button("earlier", "Move earlier", "↑")}{_button("later", "Move later", "↓")}
      {_button("double", "Double", "2×")}{_button("add", "Add beside it", "add")}
      {_button("remove", "Remove", "✕")}
    </div>
    <div class="palette" role="group" hidden>
      <span>before it</span>{_additions("before", "Add before")}
      <span>after it</span>{_additions("after", "Add after")}
    </div></li></template>
  <div class="append" role="group" aria-label="Add at the end"><span>Add at the end</span>
    {_additions("append", "Add")}</div>
  <ol></ol>
  <p class="keys">Keys: <kbd>Tab</kbd> goes from part to part, arrows from button to button.</p>
</div>
"""

_folder = Path(__file__).parent
_component = components.component(
    "mnist_parts",
    html=_HTML,
    css=(_folder / "parts.css").read_text(encoding="utf-8"),
    js=(_folder / "parts.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)
