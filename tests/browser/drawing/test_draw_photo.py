"""A picture in place of a drawing, as a person hands it in: chosen from disk or pasted."""

import base64
from pathlib import Path

from playwright.sync_api import expect

from mnist_core.data.preprocess import Bytes
from tests.browser.app import Open, Visit
from tests.core.inference.test_photograph import encoded, photographed, written

_PASTE = """(encoded) => {
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""

_SAMPLE_AND_SECTION = """() => {
    document.querySelector("[data-sample=fortyTwo]").click();
    document.querySelector(".st-key-read_picture summary").click();
}"""


def _open_reader(tab: Visit) -> None:
    tab.page.get_by_text("Read a picture").click()
    expect(tab.page.locator(".st-key-picture")).to_be_visible()
    tab.wait()


def _paste(tab: Visit, picture: Bytes) -> None:
    """Paste once the page listens: that begins a moment after it is seen."""
    expect(tab.page.locator("[data-listens]")).to_be_attached()
    content = encoded(picture, "PNG")
    tab.page.evaluate(_PASTE, base64.b64encode(content).decode())


def _expect_number(tab: Visit, text: str) -> None:
    reader = tab.page.locator(".st-key-read_picture")
    expect(reader.locator(".digit")).to_have_text(text)
    expect(reader.locator(".frames i")).to_have_count(len(text))
    expect(reader.locator(".reads figure")).to_have_count(len(text))


def test_a_photograph_of_42_is_read(visit: Open, tmp_path: Path) -> None:
    path = tmp_path / "42.jpg"
    path.write_bytes(encoded(photographed(written(), shadow=0.4)))
    tab = visit()
    _open_reader(tab)
    tab.page.locator(".st-key-picture input[type=file]").set_input_files(path)
    _expect_number(tab, "42")


def test_pictures_are_pasted_one_after_the_other(visit: Open) -> None:
    tab = visit()
    _open_reader(tab)
    both = photographed(written(), tilt=0)
    for picture, text in ((both, "42"), (both[:, :385], "4")):
        _paste(tab, picture)
        _expect_number(tab, text)


def test_a_pasted_picture_opens_the_section_that_reads_it(visit: Open) -> None:
    tab = visit(reduced_motion="no-preference")
    expect(tab.page.get_by_text("A sample. Draw over it")).to_be_visible()
    _paste(tab, photographed(written(), tilt=0))
    _expect_number(tab, "42")
    expect(tab.page.get_by_text("A sample. Draw over it")).to_be_hidden()


def test_a_section_opens_in_the_moment_in_which_the_pad_tells(visit: Open) -> None:
    tab = visit()
    tab.pad_at_rest()
    tab.page.evaluate(_SAMPLE_AND_SECTION)  # no hand is as fast, but a busy browser is as slow
    expect(tab.page.locator(".st-key-picture")).to_be_visible()
    expect(tab.digit).to_have_text("42")


def test_a_file_that_is_no_picture_is_refused_in_words(visit: Open, tmp_path: Path) -> None:
    path = tmp_path / "letter.png"
    path.write_text("Dear Sir or Madam")
    tab = visit()
    _open_reader(tab)
    tab.page.locator(".st-key-picture input[type=file]").set_input_files(path)
    expect(tab.page.get_by_text("letter.png is not a picture that can be read")).to_be_visible()
