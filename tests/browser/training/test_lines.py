"""A network of one's own, written as a line, in a real browser."""

from urllib.parse import urlencode

from playwright.sync_api import expect

from mnist_core.runs.folder import list_runs
from tests.browser.app import Open, Server

_LINE = "8c5 p2 2*8c3 p2 d 12c3 max"
_STEM = [(140, 40), (140, 240)]


def test_a_network_of_ones_own_is_trained_and_drawn_with(visit: Open, server: Server) -> None:
    settings = {"recipe": "tiny", "dataset": "digits", "epochs": 2, "model": _LINE}
    tab = visit(f"/train?{urlencode(settings)}")
    expect(tab.page.get_by_text(f"network {_LINE}").first).to_be_visible()
    tab.press("Train")
    expect(tab.pill).to_have_text("finished", timeout=60_000)
    run = list_runs(server.runs_dir)[0]
    assert run.config.model == _LINE
    tab.press("Draw with this network")
    expect(tab.page.get_by_role("heading", name="Draw a digit")).to_be_visible()
    expect(tab.page.get_by_text(f"{_LINE} · 2,418 parameters")).to_be_visible()
    tab.draw(_STEM)
    expect(tab.page.locator(".verdict .certainty")).not_to_have_text("Draw a digit from 0 to 9.")
