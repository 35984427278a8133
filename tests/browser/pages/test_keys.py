"""Everything by keyboard, and on a phone."""

import re

from playwright.sync_api import Page, Playwright, expect

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.run import Label
from mnist_core.training.worker import perform
from tests.browser.app import Open, Server

_OUTLINE = "element => getComputedStyle(element).outlineStyle"


def _train(server: Server, *names: str) -> None:
    """Leave a run of one epoch for each name, the last one the newest."""
    for name in names:
        config = TrainConfig(model="tiny", dataset="digits", epochs=1)
        run = create_run(config, recipe="tiny", folder=server.runs_dir)
        run.set_label(Label(name=name))
        list(perform(run))


def _tab_to(page: Page, selector: str) -> None:
    """Press the Tab key until an element of that kind has the focus."""
    for _ in range(40):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not come to {selector}")


def test_runs_are_sorted_ticked_and_compared_without_a_mouse(visit: Open, server: Server) -> None:
    _train(server, "a bee", "an ant")
    tab = visit("/runs")
    keys, table = tab.page.keyboard, tab.page.get_by_role("table", name="Your runs")
    expect(table.get_by_role("rowheader").first).to_have_text("an ant")
    _tab_to(tab.page, ".ticks thead button")
    keys.press("Enter")
    expect(table.get_by_role("columnheader").first).to_have_attribute("aria-sort", "ascending")
    keys.press("Enter")
    expect(table.get_by_role("columnheader").first).to_have_attribute("aria-sort", "descending")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    expect(table.get_by_role("button", name="test accuracy")).to_be_focused()
    keys.press("ArrowLeft")
    keys.press("ArrowLeft")
    keys.press("Enter")
    _tab_to(tab.page, ".ticks tbody input")
    boxes = table.get_by_role("checkbox")
    expect(boxes.first).to_be_focused()
    assert boxes.first.locator("xpath=ancestor::tr").evaluate(_OUTLINE) == "solid"
    ant, bee = (table.get_by_role("checkbox", name=name) for name in ("an ant", "a bee"))
    for box in (bee, ant):
        while not box.evaluate("element => element === document.activeElement"):
            keys.press("ArrowDown")
        keys.press("Space")
        expect(box).to_be_checked()
    expect(tab.page.get_by_text("Where their settings differ")).to_be_visible()
    expect(ant).to_be_focused()
    keys.press("Space")
    expect(tab.page.get_by_role("heading", name="a bee")).to_be_visible()


def test_the_focus_stays_where_a_key_has_chosen(visit: Open, server: Server) -> None:
    _train(server, "the first", "the second")
    tab = visit("/")
    switch = tab.page.get_by_role("switch", name="Before and after")
    switch.focus()
    for is_on in (True, False):
        tab.page.keyboard.press("Space")
        expect(switch).to_be_checked(checked=is_on)
        tab.wait()
        expect(switch).to_be_focused()
    tab = visit("/train")
    runs = tab.page.get_by_role("combobox", name="Run")
    for key, name in (("ArrowDown", "the first"), ("ArrowUp", "the second")):
        runs.press(key)
        tab.page.keyboard.press("Enter")
        expect(runs).to_have_value(re.compile(name))
        expect(tab.page.locator(".run-head")).to_contain_text(name)
        expect(runs).to_be_focused()


def test_where_the_keys_are_is_seen_in_the_list_of_pages(visit: Open) -> None:
    tab = visit("/learn")
    _tab_to(tab.page, "[data-testid=stTopNavLink]")
    link = tab.page.locator("[data-testid=stTopNavLink]:focus")
    assert link.evaluate(_OUTLINE) == "solid"
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_url(re.compile("/explain$"))


def test_on_a_phone_the_keys_come_to_the_list_of_pages_only_while_it_is_open(
    visit: Open, playwright: Playwright
) -> None:
    tab = visit("/learn", **playwright.devices["Pixel 5"])
    link = tab.page.locator("[data-testid=stSidebarNavLink]")
    expect(link.first).to_be_hidden()
    keys = tab.page.keyboard
    for _ in range(2):  # past "Skip to main content"
        keys.press("Tab")
    expect(tab.page.get_by_role("button", name="Expand sidebar")).to_be_focused()
    keys.press("Enter")
    expect(link.first).to_be_in_viewport()
    _tab_to(tab.page, "[data-testid=stSidebarNavLink]")
    keys.press("Enter")
    expect(tab.page.get_by_role("heading", name="Draw a digit")).to_be_visible()
    expect(link.first).to_be_hidden()


def test_enter_in_the_field_of_the_learning_rate_applies_it_and_says_so(
    visit: Open, server: Server
) -> None:
    tab = visit("/train?dataset=digits&epochs=100&batch_size=8&learning_rate=0.01")
    tab.press("Train")
    expect(tab.pill).to_have_text("training")
    expect(tab.page.get_by_text(re.compile(r"Epoch [1-9]"))).to_be_visible()
    tab.press("Learning rate")
    field = tab.page.get_by_role("spinbutton", name="Highest learning rate from now on")
    field.fill("0.003")
    field.press("Enter")
    expect(tab.page.get_by_text("The highest learning rate is 0.003")).to_be_visible()
    run = list_runs(server.runs_dir)[0]
    assert run.control().learning_rate == 0.003
    expect(tab.page.get_by_text("learning rate 0.003 from epoch")).to_be_visible()


def test_on_a_phone_runs_are_cards_and_the_subtitle_stays(visit: Open, server: Server) -> None:
    _train(server, "of a phone")
    tab = visit("/runs", viewport={"width": 360, "height": 740})
    expect(tab.page.get_by_text("Every run is kept.")).to_be_visible()
    card = tab.page.locator(".ticks tbody tr").first
    expect(card).to_contain_text("of a phone")
    box = card.bounding_box()
    assert box is not None and box["height"] > 100 and box["width"] <= 360
    for text in ("finished", "the small set", "1 of 1"):
        expect(card.get_by_text(text)).to_be_visible()
    card.get_by_role("checkbox").check()
    expect(tab.page.get_by_role("heading", name="of a phone")).to_be_visible()


def test_a_table_that_goes_on_sideways_says_so_and_one_that_fits_does_not(visit: Open) -> None:
    narrow = visit("/model", viewport={"width": 360, "height": 740})
    wide = visit("/model", viewport={"width": 1280, "height": 900})
    hint = "element => getComputedStyle(element, '::before').opacity"
    tables = [tab.page.get_by_role("group", name="Layer table") for tab in (narrow, wide)]
    for table, is_told in zip(tables, (True, False), strict=True):
        expect(table).to_be_visible()
        goes_on = table.evaluate("element => element.scrollWidth > element.clientWidth")
        assert (goes_on, float(table.evaluate(hint)) > 0) == (is_told, is_told)
