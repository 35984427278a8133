"""Fine-tuning on one's own drawings: the button that starts it, and what it changed."""

from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.data.drawings import PersonalSet
from mnist_core.errors import MnistError
from mnist_core.runs.run import Run
from mnist_ui import wording
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import own_runs, visitor
from mnist_ui.widgets.network_choice import Network
from mnist_ui.widgets.next_page import show_on_train_page

if TYPE_CHECKING:
    from mnist_core.training.finetune import FineTuning, Score


def offer_to_fine_tune(app: Shared, network: Network, drawings: PersonalSet) -> None:
    """Show the button that starts a run from the network's weights, and go to watch it."""
    is_pressed = st.button(
        "Fine-tune on these",
        icon=":material/tune:",
        key="fine_tune",
        disabled=not app.is_ready,
        help="Train the chosen network a little further, on your drawings among images it knows."
        " That makes a new run; the network itself stays as it is.",
    )
    if not is_pressed:
        return
    from mnist_core.training.finetune import create_fine_tuning

    own = {run.id for run in own_runs()}
    num_waiting = sum(run.id in own for run in app.launcher.queue())
    if num_waiting >= settings().max_queued:
        st.error(f"{num_waiting} of your runs wait already. Let one end first.")
        return
    try:
        run = create_fine_tuning(network.path, network.card, drawings, owner=visitor())
        app.launcher.submit(run)
    except (MnistError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    show_on_train_page(run)
    st.switch_page("mnist_ui/pages/train/page.py")


def fine_tuning_result(app: Shared, run: Run) -> None:
    """Show what a run of fine-tuning changed, before and after; nothing for another run."""
    if not app.is_ready:
        return
    from mnist_core.training.finetune import read_fine_tuning

    found = read_fine_tuning(run)
    if found is not None:
        st.html(fine_tuning_html(found, wording.DATASETS[run.config.dataset]))


def fine_tuning_html(found: "FineTuning", dataset: str) -> str:
    """Return before and after as a table; `dataset` names where the test images are from."""

    def row(what: str, total: int, before: int, after: int | None) -> str:
        if not total:
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
        '<table class="personal"><thead><tr><th scope=col>read right</th><th scope=col>images</th>'
        "<th scope=col>before</th><th scope=col>after</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
