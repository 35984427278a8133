"""Explain: why the network gave its answer, and what would change it."""

import numpy as np
import streamlit as st

from mnist_core.errors import CheckpointError
from mnist_ui.charts.pictures import as_data_address
from mnist_ui.pages.explain.evidence import show_what_spoke
from mnist_ui.pages.explain.layers import show_layers, show_unit
from mnist_ui.pages.explain.subject import Floats, Subject, choose_image
from mnist_ui.pages.explain.whatif import show_what_if
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.network_choice import Network, choose_network
from mnist_ui.widgets.page_head import open_page
from mnist_ui.wording import certainty


def _read(app: Shared, network: Network, image: Floats) -> Subject:
    """Let the network read the image; raises `CheckpointError` if it cannot be used."""
    import torch

    predictor = app.predictor(network.path)
    with torch.inference_mode():
        images = torch.from_numpy(image.copy()).view(1, 1, 28, 28)
        probabilities, are_doubtful = predictor.calibration.predict(predictor.model, images)
    key = network.id, network.path.stat().st_mtime_ns, image.tobytes()
    return Subject(predictor, image, probabilities[0].numpy(), bool(are_doubtful[0]), key)


def _show_answer(subject: Subject) -> None:
    words = certainty([float(p) for p in subject.probabilities])
    doubt = "<span>This may be no digit at all.</span>" if subject.is_doubtful else ""
    st.html(
        f'<div class="explained"><img src="{as_data_address(subject.image)}"'
        ' alt="The image, 28 by 28 pixels">'
        f'<span class="digit" data-digit="{subject.digit}">{subject.digit}</span>'
        f'<div role="status"><span class="certainty">{words}</span>{doubt}</div></div>'
    )


@st.fragment(run_every=0.5)
def _wait(app: Shared) -> None:
    if app.is_ready:
        st.rerun()
    st.info("The network is being loaded…", icon=":material/hourglass_top:")


def _explain(app: Shared, network: Network) -> None:
    from mnist_core.explanation.attribution import look_inside

    left, right = st.columns([1, 1.6], gap="large")
    with left:
        image = choose_image()
    try:
        subject = _read(app, network, image)
    except (CheckpointError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    with right:
        _show_answer(subject)
    views = subject.kept("layers", lambda: look_inside(subject.model, subject.image))
    # Outside training a dropout hands on what it is given: nothing to see.
    changing = tuple(
        view
        for index, view in enumerate(views)
        if index == 0 or not np.array_equal(view.maps, views[index - 1].maps)
    )
    show_what_spoke(subject, changing)
    show_what_if(subject)
    show_layers(changing)
    show_unit(subject, changing)


app = open_page(
    "Why this answer?",
    "What in the image spoke for a digit, what would change the answer, and what each layer sees.",
)
network = choose_network("Network")
if app.problem:
    st.error(app.problem, icon=":material/error:")
elif not app.is_ready:
    _wait(app)
elif network is not None:
    _explain(app, network)
