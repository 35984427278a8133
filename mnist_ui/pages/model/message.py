"""What is said of a line: which word is wrong, why and what would help; or what it lacks."""

import re
from html import escape
from typing import Final

from mnist_core.config.challenge import MAX_CHALLENGE_PARAMETERS
from mnist_core.networks.conditions import outside_challenge
from mnist_core.networks.named import call
from mnist_core.networks.notation import Description
from mnist_core.networks.words import MAX_CHARACTERS, NotationError
from mnist_ui.pages.model.history import Design

_CODE: Final = re.compile("`([^`]*)`")


def message_html(design: Design) -> str:
    """Return the note under the line, read out when it changes."""
    if design.problem is not None and design.line.strip():
        marked = ""
        if isinstance(design.problem, NotationError):
            marked = f"<p class='typed'>{_marked(design.line, design.problem.span)}</p>"
        return _note("wrong", f"{marked}<p>{_formatted(str(design.problem))}</p>")
    if design.problem is not None or design.last_valid is None:
        return _note(
            "empty",
            "<p>An empty line. Begin with a block such as <code>16c3</code>, halve with"
            " <code>p2</code>, end with <code>max</code>: type them, or use the buttons.</p>",
        )
    return _note("valid", _valid(design.line, design.last_valid))


def _note(kind: str, content: str) -> str:
    return f'<div class="line-note {kind}" role="status" aria-live="polite">{content}</div>'


def _valid(typed: str, found: Description) -> str:
    name = call(found.line)
    told = f"{found.parameters:,} parameters"
    if name != found.line and typed.strip() != name:
        told = f"This is <b>{escape(name)}</b>: {told}"
    elif typed.split() != found.line.split():
        told += f"; written shortest: <code>{escape(found.line)}</code>"
    lacking = outside_challenge(found, max_parameters=MAX_CHALLENGE_PARAMETERS)
    if not lacking:
        return f"<p>{told}. It has all that the challenge asks of a network.</p>"
    items = "".join(f"<li>{_formatted(sentence)}</li>" for sentence in lacking)
    return f"<p>{told}. A network, but not the challenge’s yet:</p><ul>{items}</ul>"


def _marked(line: str, span: tuple[int, int]) -> str:
    """Return the line with the characters of `span` marked, or the place where some are missing."""
    start, end = span
    wrong = escape(line[start:end]) or "&nbsp;&nbsp;"
    kind = "" if end > start else " class='gap'"
    after = line[end : max(end, MAX_CHARACTERS)]
    return f"{escape(line[:start])}<mark{kind}>{wrong}</mark>{escape(after)}"


def _formatted(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))
