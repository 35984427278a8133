"""The two pads of the Draw page, and a digit to draw on them."""

from playwright.sync_api import Locator, expect

from tests.browser.app import Visit

Points = list[tuple[int, int]]

SEVEN: Points = [(80, 70), (200, 70), (130, 225)]


def square(tab: Visit) -> Locator:
    return tab.page.get_by_label("Square to draw a digit on")


def seen(tab: Visit) -> Locator:
    """The last of the four pictures: what the network saw."""
    return tab.page.locator(".step.centred img")


def turn_live_off(tab: Visit) -> None:
    tab.page.locator(".st-key-is_live label").first.click()
    expect(tab.page.locator("canvas.upper-canvas")).to_be_visible()
    expect(square(tab)).to_have_count(1)
    tab.wait()
