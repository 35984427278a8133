"""A search for networks, started, watched and taken further in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from mnist_core.runs.folder import list_runs
from mnist_core.search.folder import list_searches, open_search
from mnist_core.search.results import SearchReader
from tests.browser.app import Open, Server, Visit, serving

_SECONDS = 180_000
"""Milliseconds; a process that trains takes a while to start beside a busy neighbour."""


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, whose searches end with it."""
    with serving(tmp_path, MNIST_DATA_DIR=str(tmp_path)) as server:  # without MNIST
        try:
            yield server
        finally:
            for search in list_searches(server.runs_dir):
                search.ask_to_stop()
            for search in list_searches(server.runs_dir):
                search.lock().acquire(timeout=60).lock.release()


def _ask(tab: Visit, *, trials: int, seeds: int, name: str) -> None:
    """Fill in the form for a search of one epoch each and start it."""
    for label, number in (
        ("At most so many parameters", 3_000),
        ("Networks to try", trials),
        ("Epochs each", 1),
        ("Seeds each", seeds),
    ):
        field = tab.page.get_by_role("spinbutton", name=label)
        field.fill(str(number))
        field.press("Enter")
        tab.wait()
    field = tab.page.get_by_label("Name", exact=True)
    field.fill(name)
    field.press("Enter")
    expect(tab.page.get_by_text(f"Up to {trials * seeds} short trainings")).to_be_visible()
    tab.press("Start the search")


def _say_what_stays(tab: Visit) -> None:
    """Take all settings out of the search, and put one back."""
    pills = tab.page.locator(".st-key-search_settings button")
    for place in range(8):
        pills.nth(place).click()
    tab.page.get_by_text("As a command").click()
    command = tab.page.get_by_test_id("stCode")
    expect(command).to_contain_text("--fixed-recipe compact")
    pills.nth(0).click()
    expect(command).to_contain_text("--fixed batch_size weight_decay")


def _points(tab: Visit) -> Locator:
    return tab.chart("trials").locator(".trace.scatter .point")


def _list(tab: Visit) -> Locator:
    return tab.page.get_by_role("combobox", name="A network")


def test_a_search_is_started_watched_and_what_it_found_is_trained(
    visit: Open, own_server: Server
) -> None:
    tab = visit("/search", at=own_server)
    expect(tab.page.get_by_text("Nothing has been searched for here yet")).to_be_visible()
    _say_what_stays(tab)
    _ask(tab, trials=4, seeds=2, name="small")
    expect(tab.pill).to_have_text(re.compile("waiting|searching"))
    expect(_points(tab).first).to_be_visible(timeout=_SECONDS)
    expect(tab.pill).to_have_text("finished", timeout=_SECONDS)
    expect(tab.page.get_by_text(re.compile("4 of 4 networks tried"))).to_be_visible()
    chart = tab.chart("trials")
    chart.scroll_into_view_if_needed()
    _points(tab).first.click(force=True)  # Plotly hears it on a layer above the points
    head = tab.page.get_by_role("heading", name=re.compile(r"Network \d+ of small"))
    expect(head).to_be_visible()
    expect(_list(tab)).not_to_have_value("")
    line = tab.page.locator(".trial > code").text_content()
    curve = tab.chart("trial_curve")
    curve.scroll_into_view_if_needed()  # what is out of view is not drawn
    expect(curve).to_have_attribute("data-revision", "1")
    tab.press("Train it for 19 epochs")
    expect(tab.page).to_have_url(re.compile("/train"))
    expect(tab.pill).to_have_text("finished", timeout=_SECONDS)
    (run,) = list_runs(own_server.runs_dir)
    assert (run.config.model, run.config.epochs, run.config.dataset) == (line, 19, "digits")
    tab.page.get_by_role("link", name="Search").click()
    _list(tab).press("ArrowDown")
    tab.page.keyboard.press("Enter")
    expect(head).to_be_visible()
    expect(_list(tab)).to_be_focused()
    tab.press("Open in the designer")
    expect(tab.page).to_have_url(re.compile(r"/model\?line="))
    tab.check()
    tab.page.close()


def test_a_search_outlives_tab_and_stop_and_goes_on_to_more(
    visit: Open, own_server: Server
) -> None:
    first = visit("/search", at=own_server)
    _ask(first, trials=400, seeds=1, name="long")
    expect(_points(first).first).to_be_visible(timeout=_SECONDS)
    first.check()
    first.page.close()
    tab = visit("/search", at=own_server)
    expect(tab.pill).to_have_text("searching")
    expect(tab.page.get_by_text("A search of yours is under way")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Start the search")).to_be_disabled()
    tab.press("Stop")
    expect(tab.pill).to_have_text("stopped")
    search = open_search("long", own_server.runs_dir)
    told = len(SearchReader(search).read().trials)
    tab.press("Go on")
    expect(tab.pill).to_have_text("searching", timeout=_SECONDS)
    expect(tab.page.get_by_text(re.compile(rf"^(?!{told} of )\d+ of 400 networks"))).to_be_visible(
        timeout=_SECONDS
    )
    tab.press("Stop")
    expect(tab.pill).to_have_text("stopped")
    tab.press("Delete")
    tab.press("Delete it")
    expect(tab.page.get_by_text("Nothing has been searched for here yet")).to_be_visible()
    assert list_searches(own_server.runs_dir) == []
    tab.check()
    tab.page.close()
