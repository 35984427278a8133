"""The Evaluate page in a real browser."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.app import Open, Visit, serving

_CENTRE_OF_CELL = """(element, [truth, answer]) => {
  const { xaxis, yaxis } = element._fullLayout;
  return [xaxis._offset + xaxis.d2p(answer), yaxis._offset + yaxis.d2p(truth)];
}"""


_BETWEEN_CLICKS = 500
"""Milliseconds: of two clicks within 300 Plotly makes a double click, wherever they fall."""


def _click_cell(tab: Visit, truth: int, answer: int) -> None:
    chart = tab.chart("evaluation_confusion")
    tab.wait()
    tab.page.wait_for_timeout(_BETWEEN_CLICKS)
    x, y = chart.evaluate(_CENTRE_OF_CELL, [str(truth), str(answer)])
    chart.click(position={"x": x, "y": y})


def test_a_click_on_a_cell_shows_its_images_and_leaves_the_chart_in_place(
    visit: Open, tmp_path: Path
) -> None:
    with serving(tmp_path, MNIST_DATA_DIR=str(tmp_path / "nothing")) as server:
        tab = visit("/evaluate", at=server)
        # Importing torch takes four seconds, and a minute on a machine busy with other things.
        expect(tab.page.locator(".result")).to_be_visible(timeout=180_000)
        chart = tab.chart("evaluation_confusion")
        chart.scroll_into_view_if_needed()  # charts are drawn where they can be seen
        expect(chart.locator(".main-svg").first).to_be_visible(timeout=60_000)
        node = chart.evaluate_handle("element => element.querySelector('.main-svg')")
        for digit in (3, 6):
            _click_cell(tab, digit, digit)
            expect(tab.page.get_by_text(f"images of a {digit} were read right")).to_be_visible()
            specimens = tab.page.locator(".specimens figure")
            expect(specimens.first).to_contain_text(f"a {digit}")
            expect(specimens).to_have_count(24)
        assert node.evaluate("node => node.isConnected")
        # The same without a mouse.
        tab.choose(re.compile("Read as"), "7", with_keys=True)
        expect(tab.page.get_by_text("No 6 was read as 7.")).to_be_visible()
        tab.check()
        tab.page.close()
