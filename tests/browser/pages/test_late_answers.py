"""What the browser says before it has heard the page's answer: that takes back nothing.

Each message of a tab tells what stands in all its widgets. One that the page has changed meanwhile
still stands there as it was, which must not be taken for a person's choice.
"""

import re
import time

from playwright.sync_api import Locator, expect

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run
from mnist_core.training.worker import perform
from tests.browser.app import IDLE, Open, Server, Visit

_LATE = """(() => {
  const { addEventListener, send } = WebSocket.prototype;
  WebSocket.prototype.addEventListener = function (name, listener, ...more) {
    const waiting = []; // in order, however late each of them is
    let due = 0;
    const hear = (event) => {
      window.numUnheard = waiting.push(event);
      due = Math.max(due, performance.now() + (window.lateBy ?? 0));
      setTimeout(() => {
        listener(waiting.shift());
        window.numUnheard = waiting.length;
      }, due - performance.now());
    };
    addEventListener.call(this, name, name === "message" ? hear : listener, ...more);
  };
  WebSocket.prototype.send = function (message) {
    window.numSaid = (window.numSaid ?? 0) + 1;
    send.call(this, message);
  };
})()"""
"""Gives a tab what the server says `lateBy` ms later, and counts what the tab says itself."""

_LATE_BY = 2500
"""More than the two seconds between two looks at a run, so that a look falls in between."""

# Some minutes long, so that it does not end by itself on a quick machine.
_DIGITS = "/train?recipe=tiny&dataset=digits&epochs=100&batch_size=8"


def _open_late(tab: Visit, path: str) -> None:
    tab.page.add_init_script(_LATE)
    tab.open(path)


def _hear_late(tab: Visit, milliseconds: int) -> None:
    tab.page.evaluate(f"window.lateBy = {milliseconds}")


def _hear_all(tab: Visit) -> None:
    """Let the tab hear at once what it has not heard yet; wait until the page stands still."""
    _hear_late(tab, 0)
    while tab.page.evaluate("window.numUnheard"):
        tab.page.wait_for_timeout(20)
    tab.page.locator(IDLE).wait_for()


def _num_said(tab: Visit) -> int:
    return int(tab.page.evaluate("window.numSaid"))


def _wait_until_said(tab: Visit, number: int) -> None:
    deadline = time.monotonic() + 30
    while _num_said(tab) < number:
        assert time.monotonic() < deadline, "the tab is silent"
        tab.page.wait_for_timeout(20)


def _list(tab: Visit, name: str) -> Locator:
    return tab.page.get_by_role("combobox", name=name)


def _line(tab: Visit) -> Locator:
    return tab.page.get_by_label("Your network in one line")


def _draw_with_a_network_in_training(visit: Open) -> Visit:
    tab = visit(_DIGITS)
    tab.press("Train")
    expect(tab.page.get_by_text(re.compile(r"Epoch ([2-9]|\d\d)\."))).to_be_visible()
    _open_late(tab, "/")
    expect(_list(tab, "Who answers")).to_have_value(re.compile("in training"))
    return tab


def _design_late(visit: Open) -> Visit:
    tab = visit("/model")
    expect(tab.page.get_by_role("group", name="Layer table")).to_be_visible()  # torch is loaded
    _open_late(tab, "/model")
    _hear_late(tab, _LATE_BY)
    return tab


def test_a_line_typed_on_stays(visit: Open) -> None:
    tab = _design_late(visit)
    _line(tab).press("ControlOrMeta+a")
    for more in ("8c3 p2", " max"):
        said = _num_said(tab)
        _line(tab).press_sequentially(more)
        _wait_until_said(tab, said + 1)
    _hear_all(tab)
    expect(tab.page.locator(".line-note")).to_contain_text("178 parameters")
    expect(_line(tab)).to_have_value("8c3 p2 max")


def _press_and_say(tab: Visit, name: str) -> None:
    said = _num_said(tab)
    tab.press(name)
    _wait_until_said(tab, said + 1)


def test_parts_that_are_added_one_upon_the_other_are_all_there(visit: Open) -> None:
    tab = _design_late(visit)
    _press_and_say(tab, "Clear")
    words = ("8c3, convolution", "p2, halve", "8c3, convolution", "p2, halve", "d, dropout")
    for word in (*words, "8c3, convolution", "max, end"):
        _press_and_say(tab, f"Add {word}")
    _hear_all(tab)
    expect(_line(tab)).to_have_value("8c3 p2 8c3 p2 d 8c3 max")
    parts = tab.page.locator(".parts li > div:first-child > code")
    expect(parts).to_have_text(["8c3", "p2", "8c3", "p2", "d", "8c3", "max"])


def test_what_was_changed_last_is_trained(visit: Open) -> None:
    tab = _design_late(visit)
    _press_and_say(tab, "More channels, part 1, 8c5")
    tab.press("Train this")
    _hear_all(tab)
    expect(tab.page).to_have_url(re.compile("/train"))
    expect(tab.page.get_by_text(re.compile(r"network 1\dc5 p2 8c3 p2 d")).first).to_be_visible()


def test_a_second_network_that_was_chosen_stays(visit: Open) -> None:
    tab = _draw_with_a_network_in_training(visit)
    _hear_late(tab, _LATE_BY)
    said = _num_said(tab)
    tab.choose("Compare with", "never trained")
    _wait_until_said(tab, said + 2)  # the choice, and a look
    _hear_all(tab)
    expect(_list(tab, "Compare with")).to_have_value(re.compile("never trained"))
    expect(tab.page.get_by_role("switch", name="Before and after")).to_be_checked()
    expect(_list(tab, "Who answers")).to_have_value(re.compile("in training"))
    assert tab.page.locator(".verdict").count() == 2


def test_a_switch_that_was_pressed_stays(visit: Open) -> None:
    tab = _draw_with_a_network_in_training(visit)
    _hear_late(tab, _LATE_BY)
    said = _num_said(tab)
    tab.page.get_by_text("Before and after").click()
    _wait_until_said(tab, said + 2)  # the press, and a look
    tab.press("A test digit")
    _hear_all(tab)
    expect(tab.page.get_by_role("switch", name="Before and after")).to_be_checked()
    expect(_list(tab, "Compare with")).to_have_value(re.compile("never trained"))
    expect(tab.page.locator(".verdict")).to_have_count(2)


def test_a_run_that_becomes_the_newest_answers(visit: Open, server: Server) -> None:
    tab = _draw_with_a_network_in_training(visit)
    _hear_late(tab, _LATE_BY)
    _make_newest(server)
    said = _num_said(tab)
    tab.press("A test digit")  # the page learns of the run
    _wait_until_said(tab, said + 2)  # the press, and a look
    _hear_all(tab)
    expect(_list(tab, "Who answers")).to_have_value(re.compile(r"epochs 1\b"))


def _make_newest(server: Server) -> None:
    config = TrainConfig(model="tiny", dataset="digits", epochs=1, batch_size=600)
    list(perform(create_run(config, recipe="tiny", folder=server.runs_dir)))
