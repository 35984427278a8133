"""What is read in a picture that a person chose or pasted; needs scipy, which is slow to load."""

from typing import Final

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core.data.preprocess import Bytes
from mnist_core.errors import MnistError
from mnist_core.images import data_address
from mnist_core.inference.photograph import Photograph, read_photograph
from mnist_core.inference.picture import MOST_BYTES
from mnist_core.inference.reading import Reading
from mnist_ui.pages.draw.answer import answer_html, digits_html, frames_html
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.network_choice import Network

_LAST: Final = "photograph"
_LAST_GIVEN: Final = "picture_given_last"
_TYPES: Final = ("png", "jpg", "jpeg", "webp", "gif", "bmp")
_SHOWN_SIDE: Final = 640


def ask_and_read(app: Shared, network: Network) -> None:
    """Let a person hand in a picture, and show what the network reads in it."""
    _show(app, network, _ask())


def _ask() -> UploadedFile | None:
    """Return the picture a person chose, pasted or took: whichever came last."""
    st.file_uploader(
        "A photograph or a screenshot of digits",
        type=_TYPES,
        max_upload_size=MOST_BYTES // 1024**2,
        key="picture",
        on_change=_take_from,
        args=("picture",),
        help="Digits side by side with a gap between them, dark on light or light on dark, all of"
        " them inside the picture. Shadows do no harm.",
    )
    st.html('<p class="paste-hint">Or paste one: <kbd>Ctrl</kbd> + <kbd>V</kbd>.</p>')
    is_on = st.toggle(
        "Camera",
        key="camera_is_on",
        help="Shows what the camera sees, here in the browser; a press takes the picture to read.",
    )
    if is_on:
        st.camera_input(
            "Hold the digits before the camera",
            key="camera",
            on_change=_take_from,
            args=("camera",),
        )
    last = st.session_state.get(_LAST_GIVEN, "picture")
    return st.session_state.get(last)


def _take_from(name: str) -> None:
    st.session_state[_LAST_GIVEN] = name


def _show(app: Shared, network: Network, given: UploadedFile | None) -> None:
    if given is None:
        return
    try:
        photograph = _photograph(given)
        reading = app.networks.read(network.path, photograph.ink)
    except MnistError as error:
        st.error(str(error), icon=":material/error:")
        return
    if reading.digits:
        st.html(answer_html(reading) + digits_html(reading))
    else:
        st.info(
            "No digit was found. Write with a dark pen on light paper, go nearer, and leave some"
            " paper around the digits.",
            icon=":material/info:",
        )
    st.html(_pictures_html(photograph, reading))


def _photograph(given: UploadedFile) -> Photograph:
    """Find the ink once a picture, not once a run of the page."""
    last: tuple[str, Photograph] | None = st.session_state.get(_LAST)
    if last is None or last[0] != given.file_id:
        last = given.file_id, read_photograph(given.getvalue(), given.name)
        st.session_state[_LAST] = last
    return last[1]


def _pictures_html(photograph: Photograph, reading: Reading) -> str:
    """Return the picture with a frame around each digit, and the ink that was found in it."""
    height, width = photograph.picture.shape[:2]
    frames = frames_html(reading.digits, (height, width), photograph.corner)
    given = (
        f'<figure><div><img src="{_address(photograph.picture)}" alt="Your picture">'
        f"{frames}</div><figcaption>Your picture</figcaption></figure>"
    )
    if not reading.digits:
        return f'<div class="given">{given}</div>'
    if photograph.is_evened:
        words = "Its ink: light and shadow, pale lines and specks taken out"
    else:
        words = "Its ink, as it was: the ground is even"
    return (
        f'<div class="given">{given}<figure><div class="ink">'
        f'<img src="{data_address(photograph.ink)}" alt="The ink found in it"></div>'
        f"<figcaption>{words}.</figcaption></figure></div>"
    )


def _address(picture: Bytes) -> str:
    """Return a picture (H, W, 3) as a small JPEG in a data: address."""
    small = Image.fromarray(picture)
    small.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE))
    return data_address(np.asarray(small), quality=80)
