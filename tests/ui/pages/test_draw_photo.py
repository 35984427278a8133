"""Handing in a picture, as Streamlit runs it."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core.inference.picture import MOST_BYTES
from tests.core.inference.test_photograph import encoded, photographed, written
from tests.ui.opening import html_of

pytestmark = pytest.mark.usefixtures("ready_app")


def _page() -> None:
    from mnist_ui.pages.draw.photo import upload_section
    from mnist_ui.session.shared import shared
    from mnist_ui.widgets.network_choice import list_networks

    upload_section(shared(), list_networks()[0])


def _hand_in(content: bytes) -> AppTest:
    at = AppTest.from_function(_page, default_timeout=60)
    at.session_state["read_picture"] = True
    at.run()
    at.file_uploader(key="picture").upload("paper.jpg", content, "image/jpeg").run()
    assert not at.exception
    return at


def test_closed_it_asks_for_nothing() -> None:
    at = AppTest.from_function(_page, default_timeout=60).run()
    assert not at.exception
    assert not at.get("file_uploader") and not at.toggle
    assert [part.key for part in at.get("bidi_component")] == ["paste"]  # hears of a picture


def test_a_photograph_is_shown_with_its_ink_and_each_digit_framed() -> None:
    at = _hand_in(encoded(photographed(written(), shadow=0.4)))
    html = html_of(at)
    assert 'data-digit="42"' in html
    assert html.count("<i style=") + html.count('<i class="doubtful"') == 2
    assert "light and shadow" in html


def test_blank_paper_is_told_with_what_to_do() -> None:
    at = _hand_in(encoded(photographed(written() * 0)))
    assert any("No digit was found" in info.value for info in at.info)
    assert "data-digit" not in html_of(at)


def test_a_file_that_is_no_picture_is_told_and_nothing_is_shown() -> None:
    at = _hand_in(b"nothing of the kind")
    assert any("paper.jpg is not a picture" in error.value for error in at.error)
    assert "data-digit" not in html_of(at)


def test_the_server_takes_pictures_as_large_as_are_read() -> None:
    limit = st.get_option("server.maxUploadSize")
    assert limit * 1024 * 1024 >= MOST_BYTES
