"""The ladder of lessons in a real browser."""

from playwright.sync_api import expect

from tests.browser.app import Open


def test_a_step_is_trained_from_its_button_with_its_settings(visit: Open) -> None:
    tab = visit("/learn")
    expect(tab.page.get_by_role("heading", name="Averaged weights")).to_be_visible()
    tab.page.locator(".st-key-train_averaging button").click()
    expect(tab.page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    changed = tab.page.get_by_text("Changed from the recipe: network 8c5 p2 2*16c3 p2 2*24c3 max")
    expect(changed).to_be_visible()


def test_the_network_of_a_step_is_changed_on_the_page_where_one_designs(visit: Open) -> None:
    tab = visit("/learn")
    tab.page.locator(".st-key-design_receptive-field button").click()
    line = tab.page.get_by_role("textbox", name="Your network in one line")
    expect(line).to_have_value("8c5 p2 2*16c3 p2 2*24c3 max")
    tab.page.get_by_role("link", name="Learn").click()
    tab.page.locator(".st-key-design_sees-ten-pixels button").click()
    expect(line).to_have_value("16c5 p2 d 48c3 max")
