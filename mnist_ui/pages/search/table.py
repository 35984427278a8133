"""The best networks of a search as a table."""

from html import escape

from mnist_core.networks.named import LINES
from mnist_core.search.folder import Asked
from mnist_core.search.outcome import is_recipe
from mnist_core.search.results import Found, Trial
from mnist_ui.pages.search.words import error, settings


def best_html(name: str, found: Found, asked: Asked) -> str:
    """Return the best ten, the least loss first, with the interval of their mean over the seeds.

    It says so where the recipe itself is one of them. Where the network is fixed, they are told
    apart by their settings.
    """
    rows = "".join(
        f"<tr><td>{trial.number}</td><td>{trial.loss:.4f}</td><td>{_interval(trial.interval)}</td>"
        f"<td>{error(trial):.2f} %</td><td>{trial.parameters:,}</td>"
        f"<td>{_what_it_is(trial, asked)}</td></tr>"
        for trial in found.best
    )
    last = "network" if asked.network is None else "settings"
    head = "".join(
        f"<th scope='col'>{title}</th>"
        for title in ("#", "loss", "95 % interval", "error", "parameters", last)
    )
    title = f"The best of {escape(name)}"
    return (
        f'<section class="best-trials"><h3>{title}</h3>'
        f'<div class="sideways" tabindex="0" role="group" aria-label="{title}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _what_it_is(trial: Trial, asked: Asked) -> str:
    line = f"<code>{escape(LINES.get(trial.config.model, trial.config.model))}</code>"
    if is_recipe(trial, asked.recipe):
        return f"the recipe itself: {line}"
    if asked.network is None:
        return line
    told = [f"{label.lower()} {value}" for label, value in settings(trial, asked.recipe)]
    return escape(" · ".join(told)) or "the recipe’s"


def _interval(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
