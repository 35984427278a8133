"""The classes as tables: one's best run in each beside the best known, and a class's ranks."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from mnist_core.config.challenge import CHALLENGE_ACCURACY, SIZE_CLASSES
from mnist_core.experiments.board import Standing
from mnist_core.experiments.entries import Entry, best_below
from mnist_core.networks.named import LINES
from mnist_ui.charts import compared
from mnist_ui.wording import count_epochs


def best_html(own: Sequence[Entry], known: Sequence[compared.Entry]) -> str:
    """Return a row for each class: one's best run, the best that ships, the best published."""
    rows = "".join(
        f"<tr><th scope='row'>{below:,} parameters</th>"
        f'<td data-label="your best">{_yours(best_below(own, below))}</td>'
        f'<td data-label="ships">{_known(known, below, is_ours=True)}</td>'
        f'<td data-label="published">{_known(known, below, is_ours=False)}</td></tr>'
        for below in SIZE_CLASSES
    )
    head = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("fewer than", "your best", "best that ships", "best published")
    )
    return f'<table class="best"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _yours(entry: Entry | None) -> str:
    if entry is None:
        return '<span class="none">none yet</span>'
    return (
        f"{_share(entry.accuracy)}<span>{entry.parameters:,} parameters,"
        f" {count_epochs(entry.epochs)}</span>{_network(entry.model)}"
    )


def _known(known: Sequence[compared.Entry], below: int, *, is_ours: bool) -> str:
    fitting = [one for one in known if one.is_ours == is_ours and one.parameters < below]
    best = max(fitting, key=lambda one: one.accuracy, default=None)
    if best is None:
        return '<span class="none">none</span>'
    return (
        f"{_share(best.accuracy)}<span>{best.parameters:,} parameters</span>"
        f"<small>{escape(best.name)}: {escape(best.how)}</small>"
    )


def _share(accuracy: float) -> str:
    is_met = round(accuracy, 4) >= CHALLENGE_ACCURACY
    return f"<b{' class=met' if is_met else ''}>{accuracy:.2f} %</b>"


def ranks_html(rows: Sequence[Standing], below: int, me: str) -> str:
    """Return the ranks of one class; `me` is whose row is marked. No owner is in it."""
    title = f"Below {below:,} parameters"
    if not rows:
        return f'<section class="ranks"><h3>{title}</h3><p>Nobody yet.</p></section>'
    body = "".join(
        f"<tr{' class=own' if row.entry.owner == me else ''}><td>{row.number}</td>"
        f'<td class="who">{escape(row.nickname)}{_you(row, me)}</td>'
        f"<td>{_share(row.entry.accuracy)}</td><td>{row.entry.parameters:,}</td>"
        f"<td>{row.entry.epochs}</td><td>{_network(row.entry.model)}</td></tr>"
        for row in rows
    )
    head = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("rank", "who", "accuracy", "parameters", "epochs", "network")
    )
    return (
        f'<section class="ranks"><h3>{title}</h3><div tabindex="0" role="group"'
        f' aria-label="{title}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div></section>"
    )


def _you(row: Standing, me: str) -> str:
    return " <small>(you)</small>" if row.entry.owner == me else ""


def _network(model: str) -> str:
    """Return a network's line with ways to look into it and to train it oneself."""
    line = LINES.get(model, model)
    # Relative, as the app may be served below an address of its own.
    return (
        f"<code>{escape(line)}</code><span class=ways>"
        f'<a href="model?line={quote(line)}" target="_self">Look inside</a>'
        f'<a href="train?model={quote(line)}" target="_self">Train it</a></span>'
    )
