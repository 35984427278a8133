"""What the Explain page shows of one answer, from the image to each layer; needs torch."""

import numpy as np
import streamlit as st
import torch

from mnist_core.errors import MnistError
from mnist_core.explanation.attribution import look_inside
from mnist_core.files import last_changed
from mnist_core.images import SIDE, data_address
from mnist_ui.pages.explain.evidence import show_what_spoke
from mnist_ui.pages.explain.layers import show_layers, show_unit
from mnist_ui.pages.explain.subject import Floats, Subject, choose_image
from mnist_ui.pages.explain.whatif import show_what_if
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.network_choice import Network
from mnist_ui.widgets.next_page import offer_to_change
from mnist_ui.wording import certainty


def explain(app: Shared, network: Network) -> None:
    """Let a person choose an image, and show why the network answers as it does."""
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        image = choose_image()
    try:
        subject = _read(app, network, image)
    except (MnistError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    with right:
        _show_answer(subject)
        offer_to_change(network.card, network.run)
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


def _read(app: Shared, network: Network, image: Floats) -> Subject:
    """Let the network read the image; raises `CheckpointError` if it cannot be used."""
    predictor = app.networks.predictor(network.path)
    with torch.inference_mode():
        images = torch.from_numpy(image.copy()).view(1, 1, SIDE, SIDE)
        probabilities, are_doubtful = predictor.calibration.predict(predictor.model, images)
    key = network.id, last_changed(network.path), image.tobytes()
    return Subject(predictor, image, probabilities[0].numpy(), bool(are_doubtful[0]), key)


def _show_answer(subject: Subject) -> None:
    words = certainty([float(p) for p in subject.probabilities])
    doubt = "<span>This may be no digit at all.</span>" if subject.is_doubtful else ""
    st.html(
        f'<div class="explained"><img src="{data_address(subject.image)}"'
        ' alt="The image, 28 by 28 pixels">'
        f'<span class="digit" data-digit="{subject.digit}">{subject.digit}</span>'
        f'<div role="status"><span class="certainty">{words}</span>{doubt}</div></div>'
    )
