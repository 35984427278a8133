"""A network of one's own, designed on the Model page, in a real browser."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, expect

from mnist_core.networks.named import LINES
from mnist_core.runs.folder import list_runs
from tests.browser.app import Open, Server, Visit

_LINE = "8c5 p2 2*8c3 p2 d 12c3 max"
_STEM = [(140, 40), (140, 240)]


@pytest.fixture
def tab(visit: Open) -> Visit:
    return visit("/model")


def _line(tab: Visit) -> Locator:
    return tab.page.get_by_label("Your network in one line")


def _note(tab: Visit) -> Locator:
    return tab.page.locator(".line-note")


def _layers(tab: Visit) -> Locator:
    return tab.page.get_by_role("group", name="Layers of this line")


def _conditions(tab: Visit) -> Locator:
    return tab.page.locator(".checklist").first.locator("li")


def _parts(tab: Visit) -> Locator:
    return tab.page.locator(".parts li > div:first-child > code")


def _button(tab: Visit, name: str) -> Locator:
    return tab.page.get_by_role("button", name=name, exact=True)


def test_table_and_conditions_change_while_a_line_is_typed(tab: Visit) -> None:
    line = _line(tab)
    line.press("ControlOrMeta+a")
    line.press_sequentially("32c5 p2 3*32c3")
    expect(_note(tab)).to_contain_text("ten answers are needed")
    line.press_sequentially(" max")  # neither Enter nor Tab: the field keeps the focus
    expect(_layers(tab)).to_contain_text("29,034")
    expect(_conditions(tab).nth(0)).to_have_class("missed")
    line.press_sequentially("x")
    expect(_note(tab).locator("mark")).to_have_text("maxx")
    expect(_note(tab)).to_contain_text("Did you mean max")
    expect(_layers(tab).locator("xpath=..")).to_have_class("stale")
    expect(_button(tab, "Train this")).to_be_disabled()
    line.press("Backspace")
    expect(_button(tab, "Train this")).to_be_enabled()
    expect(line).to_be_focused()


def test_a_line_is_trained_drawn_with_and_found_at_its_address(visit: Open, server: Server) -> None:
    tab = visit("/model")
    _line(tab).fill(_LINE)
    expect(_layers(tab)).to_contain_text("2,418")
    other = visit(f"/model?line={quote(_LINE)}")
    expect(tab.page).to_have_url(re.compile(r"/model\?line=8c5"))
    expect(_line(other)).to_have_value(_LINE)
    expect(_parts(other)).to_have_text(_LINE.split())
    tab.press("Train this")
    expect(tab.page).to_have_url(re.compile("/train"))
    expect(tab.page.get_by_text(f"network {_LINE}").first).to_be_visible()
    tab.choose("Data", "digits")
    expect(tab.page.get_by_text("19 epochs over 1,200 images")).to_be_visible()
    epochs = tab.page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("2")
    epochs.press("Enter")
    expect(tab.page.get_by_text("2 epochs over 1,200 images")).to_be_visible()
    tab.press("Train")
    expect(tab.pill).to_have_text("finished", timeout=60_000)
    assert list_runs(server.runs_dir)[0].config.model == _LINE
    tab.press("Draw with this network")
    expect(tab.page.get_by_text("on the small set’s 300 test images").first).to_be_visible()
    tab.draw(_STEM)
    expect(tab.page.locator(".verdict .certainty")).not_to_have_text("Draw a digit from 0 to 9.")
    tab.page.get_by_role("link", name="Model").click()
    expect(_line(tab)).to_have_value(_LINE)
    expect(tab.page.get_by_text("yours: 8c5 p2")).to_be_visible()


def test_a_chip_writes_its_line_stands_pressed_and_keeps_the_focus(tab: Visit) -> None:
    chips = tab.page.get_by_role("group", name="Begin with")
    swift, tiny = chips.get_by_text("swift", exact=True), chips.get_by_text("tiny", exact=True)
    expect(tiny).to_have_attribute("aria-pressed", "true")
    swift.press("Enter")
    expect(_line(tab)).to_have_value(LINES["swift"])
    expect(swift).to_have_attribute("aria-pressed", "true")
    expect(tiny).to_have_attribute("aria-pressed", "false")
    expect(swift).to_be_focused()
    swift.press("Enter")  # it stays what it is
    _line(tab).fill("8c3 p2 max")
    expect(chips.locator("[aria-pressed=true]")).to_have_count(0)
    swift.click()
    expect(_line(tab)).to_have_value(LINES["swift"])


def test_tiny_is_built_from_nothing_with_buttons_alone(tab: Visit) -> None:
    tab.press("Clear")
    expect(_note(tab)).to_contain_text("An empty line")
    for word in ("8c3, convolution", "p2, halve", "8c3, convolution", "p2, halve", "d, dropout"):
        tab.press(f"Add {word}")
    tab.press("Add 8c3, convolution")
    tab.press("Add max, end")
    expect(_parts(tab)).to_have_text(["8c3", "p2", "8c3", "p2", "d", "8c3", "max"])
    tab.press("Larger kernel, part 1, 8c3")
    tab.press("More channels, part 6, 8c3")
    tab.press("Double, part 6, 12c3")
    expect(_line(tab)).to_have_value(LINES["tiny"])
    expect(_note(tab)).to_contain_text("This is tiny")
    tab.press("Undo")
    expect(_parts(tab).nth(5)).to_have_text("12c3")


def test_what_is_added_moves_nothing_that_is_pressed_next(tab: Visit) -> None:
    add = _button(tab, "Add d, dropout")
    expect(_parts(tab)).to_have_count(7)
    before = add.bounding_box()
    add.click()
    expect(_parts(tab)).to_have_count(8)
    assert add.bounding_box() == before


def test_tiny_is_built_from_nothing_with_keys_alone(tab: Visit) -> None:
    keys = tab.page.keyboard
    expect(_button(tab, "Clear")).to_be_enabled()  # until then the keys pass it over
    _line(tab).focus()
    for _ in range(3):  # undo and redo are off: nothing was done yet
        keys.press("Tab")
        if tab.page.evaluate("document.activeElement.textContent").strip().endswith("Clear"):
            break
    else:
        raise AssertionError("The keys do not come to Clear.")
    keys.press("Enter")
    expect(_note(tab)).to_contain_text("An empty line")
    _line(tab).focus()
    _tab_to(tab, "Add 8c3, convolution")
    for step in ("", "ArrowRight", "ArrowLeft", "ArrowRight", "ArrowRight"):
        if step:
            keys.press(step)
        keys.press("Enter")
    expect(_parts(tab)).to_have_text(["8c3", "p2", "8c3", "p2", "d"])
    for step in ("ArrowLeft", "ArrowLeft"):
        keys.press(step)
    keys.press("Enter")
    for _ in range(3):
        keys.press("ArrowRight")
    keys.press("Enter")
    expect(_parts(tab)).to_have_text(["8c3", "p2", "8c3", "p2", "d", "8c3", "max"])
    _tab_to(tab, "Fewer channels, part 6, 8c3")
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(_parts(tab).nth(5)).to_have_text("12c3")
    _press_along(tab, "Double, part 6, 12c3")
    expect(_parts(tab).nth(5)).to_have_text("2*12c3")
    for _ in range(5):
        keys.press("ArrowUp")
    _press_along(tab, "Larger kernel, part 1, 8c3")
    expect(_line(tab)).to_have_value(LINES["tiny"])


def _focused(tab: Visit) -> str:
    return tab.page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")


def _tab_to(tab: Visit, name: str) -> None:
    """Press Tab until what has that name is focused; a page has fewer stops than this allows."""
    for _ in range(60):
        if _focused(tab) == name:
            return
        tab.page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached: {_focused(tab)}")


def _press_along(tab: Visit, name: str) -> None:
    """Go along a part's buttons, first to the left end, then right, and press that one."""
    keys = tab.page.keyboard
    for _ in range(10):
        keys.press("ArrowLeft")
    for _ in range(10):
        if _focused(tab) == name:
            break
        keys.press("ArrowRight")
    assert _focused(tab) == name
    keys.press("Enter")


def test_a_part_that_is_moved_keeps_the_focus(tab: Visit) -> None:
    later = _button(tab, "Move later, part 1, 8c5")
    later.focus()
    later.press("Enter")
    expect(_parts(tab).nth(1)).to_have_text("8c5")
    expect(_button(tab, "Move later, part 2, 8c5")).to_be_focused()
    add = _button(tab, "Add beside it, part 2, 8c5")
    add.press("Enter")
    expect(_button(tab, "Add before 8c3, convolution, part 2, 8c5")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(add).to_be_focused()


def test_the_trained_networks_stay_below_and_their_line_can_be_changed(tab: Visit) -> None:
    table = tab.page.get_by_role("group", name="Layer table")
    expect(table).to_contain_text("Conv2d-19")
    tab.press("Change this network")
    expect(_line(tab)).to_have_value(LINES["record"])


def test_a_phone_shows_all_of_it_without_scrolling_sideways(visit: Open) -> None:
    tab = visit("/model", viewport={"width": 390, "height": 844}, has_touch=True)
    expect(_layers(tab)).to_be_visible()
    main = tab.page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
