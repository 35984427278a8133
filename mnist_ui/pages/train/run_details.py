"""What is told of a trained network once torch is loaded: the challenge, and fine-tuning.

Needs torch.
"""

import streamlit as st

from mnist_core.checkpoints.card import Card
from mnist_core.errors import RecordError
from mnist_core.runs.run import Run
from mnist_core.training.finetune import FineTuning, Score, read_fine_tuning
from mnist_ui import wording
from mnist_ui.widgets.challenge import checklist_html, conditions
from mnist_ui.widgets.problems import tell_problems


def show_details(run: Run, card: Card) -> None:
    """Show which of the challenge's conditions are met, and what fine-tuning changed, if it was."""
    st.html(checklist_html(conditions(card)))
    try:
        found = read_fine_tuning(run)
    except RecordError as error:
        tell_problems([str(error)])
        return
    if found is not None:
        st.html(fine_tuning_html(found, wording.DATASETS[run.config.dataset]))


def fine_tuning_html(found: FineTuning, dataset: str) -> str:
    """Return before and after as a table; `dataset` names where the test images are from."""

    def row(what: str, total: int, before: int | None, after: int | None) -> str:
        if not total or before is None:
            return ""
        then = "…" if after is None else f"{100 * after / total:.2f} %"
        return (
            f"<tr><th scope=row>{what}</th><td>{total:,}</td>"
            f"<td>{100 * before / total:.2f} %</td><td>{then}</td></tr>"
        )

    before: Score = found.before
    after: Score | None = found.after
    rows = (
        row("your drawings, trained on", found.num_trained, before.trained, after and after.trained)
        + row(
            "your drawings, held out",
            found.num_held_out,
            before.held_out,
            after and after.held_out,
        )
        + row(f"{dataset}’s test images", found.num_test, before.test, after and after.test)
    )
    return (
        '<table class="read-right"><thead><tr><th scope=col>read right</th>'
        "<th scope=col>images</th><th scope=col>before</th><th scope=col>after</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
