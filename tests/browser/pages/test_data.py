"""The Data page in a real browser: what it shows changes in place, and nothing is complained of."""

import re

from playwright.sync_api import expect

from tests.browser.app import Open


def test_pictures_follow_the_digit_and_the_sliders(visit: Open) -> None:
    tab = visit("/data")
    grid = tab.page.locator(".digit-grid:not(.large, .means)")
    expect(grid.locator("img")).to_have_count(54)
    tab.page.get_by_role("radio", name="4", exact=True).first.click()
    expect(grid.locator("figcaption").filter(has_not_text=re.compile("^4$"))).to_have_count(0)
    expect(grid.locator("img").first).to_have_js_property("naturalWidth", 28)
    distorted = tab.page.locator(".digit-grid.large img").nth(1)
    before = distorted.get_attribute("src")
    assert before is not None
    tab.page.get_by_role("slider", name="Rotation").press("End")
    expect(distorted).not_to_have_attribute("src", before)
    expect(tab.chart("data_balance").locator(".main-svg").first).to_be_visible()


def test_the_page_fits_a_phone(visit: Open) -> None:
    tab = visit("/data", viewport={"width": 360, "height": 740}, has_touch=True)
    expect(tab.page.locator(".digit-grid").first).to_be_visible()
    widest = tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert widest <= 360
