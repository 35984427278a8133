"""The best networks of a search as a table."""

from html import escape

from mnist_core.networks.named import LINES
from mnist_core.search.outcome import is_recipe
from mnist_core.search.results import Found
from mnist_ui.pages.search.words import error


def best_html(name: str, found: Found, recipe: str) -> str:
    """Return the best ten, the least loss first, with the interval of their mean over the seeds.

    It says so where the recipe itself is one of them.
    """
    rows = "".join(
        f"<tr><td>{trial.number}</td><td>{trial.loss:.4f}</td><td>{_interval(trial.interval)}</td>"
        f"<td>{error(trial):.2f} %</td><td>{trial.parameters:,}</td>"
        f"<td>{'the recipe itself: ' if is_recipe(trial, recipe) else ''}"
        f"<code>{escape(LINES.get(trial.config.model, trial.config.model))}</code></td></tr>"
        for trial in found.best
    )
    head = "".join(
        f"<th scope='col'>{title}</th>"
        for title in ("#", "loss", "95 % interval", "error", "parameters", "network")
    )
    title = f"The best of {escape(name)}"
    return (
        f'<section class="best-trials"><h3>{title}</h3>'
        f'<div class="sideways" tabindex="0" role="group" aria-label="{title}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _interval(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
