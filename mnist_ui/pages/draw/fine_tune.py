"""The button that starts fine-tuning on one's own drawings."""

import streamlit as st

from mnist_core.data.drawings import DrawingSet
from mnist_core.errors import MnistError
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import start_run, visitor
from mnist_ui.widgets.network_choice import Network
from mnist_ui.widgets.next_page import show_on_train_page


def offer_to_fine_tune(app: Shared, network: Network, drawings: DrawingSet) -> None:
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
    # Here: it loads torch, which is there once the button can be pressed.
    from mnist_core.training.finetune import create_fine_tuning

    owner = visitor()
    try:
        run = start_run(
            app.launcher,
            lambda: create_fine_tuning(network.path, network.card, drawings, owner=owner),
        )
    except (MnistError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    show_on_train_page(run)
    st.switch_page("mnist_ui/pages/train/page.py")
