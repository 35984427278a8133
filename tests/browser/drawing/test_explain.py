"""The Explain page in a real browser: what one draws is what is explained."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.app import Open, Visit

_SEVEN = [(80, 70), (200, 70), (130, 225)]


@pytest.fixture
def tab(visit: Open) -> Visit:
    return visit()


def _go_to(tab: Visit, name: str) -> None:
    tab.page.get_by_role("link", name=name, exact=True).click()


def test_the_drawn_seven_is_explained_and_turning_it_changes_the_answer(tab: Visit) -> None:
    tab.draw(_SEVEN)
    expect(tab.digit).to_have_text("7")
    _go_to(tab, "Explain")
    expect(tab.digit).to_have_text("7")
    page = tab.page
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


def test_a_unit_is_picked_and_what_it_sees_is_outlined(tab: Visit) -> None:
    _go_to(tab, "Explain")
    tab.choose("Network", re.compile("^seed"))
    page = tab.page
    expect(page.get_by_text("what it sees: 10 × 10 pixels")).to_be_visible()
    seen = page.get_by_role("img", name="what it sees")
    before = seen.get_attribute("src") or ""
    page.get_by_role("slider", name="Row").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(seen).not_to_have_attribute("src", before)
    expect(page.locator(".strip.kernels img")).to_have_count(8)


def test_the_model_page_draws_the_network_and_compares_it(tab: Visit) -> None:
    _go_to(tab, "Model")
    expect(tab.page.get_by_role("img", name="The network, from image to answer")).to_be_visible()
    chart = tab.chart("networks_compared")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-revision", re.compile(r"^\d+$"))
    tab.page.get_by_text("The networks compared, as a table").click()
    expect(tab.page.get_by_role("cell", name="published, small")).to_be_visible()
