"""What is told of a trained network once torch is loaded: the challenge, and fine-tuning."""

import streamlit as st

from mnist_core.checkpoints.card import Card
from mnist_core.errors import RecordError
from mnist_core.runs.run import Run
from mnist_core.training.finetune import read_fine_tuning
from mnist_ui import wording
from mnist_ui.pages.train.fine_tuning import fine_tuning_html
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
