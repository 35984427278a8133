"""The Explain page in a real browser: what one draws is what is explained."""

import re
import shutil
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.app import Server, Visit, serving

_SEVEN = [(80, 70), (200, 70), (130, 225)]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {
        "executable_path": shutil.which("chromium") or shutil.which("google-chrome"),
        "args": [
            *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        ],
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("explain")) as server:
        yield server


@pytest.fixture
def visit(browser: Browser, server: Server) -> Generator[Visit]:
    expect.set_options(timeout=30_000)
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(30_000)
    tab = Visit(context.new_page(), server)
    tab.open()
    yield tab
    tab.check()
    context.close()


def _go_to(tab: Visit, name: str) -> None:
    tab.page.get_by_role("link", name=name, exact=True).click()


def _draw(tab: Visit, stroke: list[tuple[int, int]]) -> None:
    square = tab.page.get_by_label("Square to draw a digit on")
    expect(square).to_be_visible()
    box = square.bounding_box()
    assert box is not None
    mouse = tab.page.mouse
    mouse.move(box["x"] + stroke[0][0], box["y"] + stroke[0][1])
    mouse.down()
    for x, y in stroke[1:]:
        mouse.move(box["x"] + x, box["y"] + y, steps=12)
    mouse.up()


def test_the_drawn_seven_is_explained_and_turning_it_changes_the_answer(visit: Visit) -> None:
    _draw(visit, _SEVEN)
    expect(visit.digit).to_have_text("7")
    _go_to(visit, "Explain")
    expect(visit.digit).to_have_text("7")
    page = visit.page
    expect(page.get_by_text("For a 7, the answer")).to_be_visible()
    page.get_by_role("radio", name="3", exact=True).click()
    expect(page.get_by_role("heading", name="For a 3")).to_be_visible()
    changed = page.locator(".changed figcaption b")
    expect(changed).to_have_text("7")
    page.get_by_role("slider", name="Turn").focus()
    page.keyboard.press("Home")  # half a turn: no 7 is left
    expect(changed).not_to_have_text("7")
    page.get_by_role("button", name="Back to the image as it is").click()
    expect(changed).to_have_text("7")


def test_a_unit_is_picked_and_what_it_sees_is_outlined(visit: Visit) -> None:
    _go_to(visit, "Explain")
    page = visit.page
    expect(page.get_by_text("what it sees: 10 × 10 pixels")).to_be_visible()
    seen = page.get_by_role("img", name="what it sees")
    before = seen.get_attribute("src") or ""
    page.get_by_role("slider", name="Row").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(seen).not_to_have_attribute("src", before)
    expect(page.locator(".strip.kernels img")).to_have_count(8)


def test_the_model_page_draws_the_network_and_compares_it(visit: Visit) -> None:
    _go_to(visit, "Model")
    expect(visit.page.get_by_role("img", name="The network, from image to answer")).to_be_visible()
    chart = visit.chart("networks_compared")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-revision", re.compile(r"^\d+$"))
    expect(visit.page.get_by_role("cell", name="published, small")).to_be_visible()
