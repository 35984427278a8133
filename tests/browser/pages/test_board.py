"""A class takes the challenge together: two visitors on one public app."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from mnist_core.runs.folder import list_runs
from tests.browser.app import Open, Server, Visit, serving
from tests.core.experiments.finished_runs import finish_run

_MIDDLE = "Below 8,000 parameters"


def _owner_of_newest_run(tab: Visit, server: Server) -> str:
    """Let the visitor train a moment: whose that run is tells who they are to the server."""
    known = {run.id for run in list_runs(server.runs_dir)}
    tab.open("/train?dataset=digits&epochs=1")
    tab.press("Train")
    expect(tab.pill).to_have_text("finished", timeout=120_000)
    (run,) = (run for run in list_runs(server.runs_dir) if run.id not in known)
    return run.owner


def _put_up(tab: Visit, nickname: str) -> None:
    tab.open("/board")
    tab.page.get_by_role("textbox", name="Nickname").fill(nickname)
    tab.press("Put it on the board")


def _rows(tab: Visit) -> Locator:
    return tab.page.get_by_role("group", name=_MIDDLE).locator("tbody tr")


def test_two_visitors_see_each_other_on_the_board_without_a_reload(
    visit: Open, tmp_path: Path
) -> None:
    with serving(tmp_path, MNIST_PUBLIC="1", MNIST_BOARD="1") as server:
        anne, bob = visit(at=server), visit(at=server)
        owners = [_owner_of_newest_run(tab, server) for tab in (anne, bob)]
        assert owners[0] != owners[1]
        runs = [
            finish_run(server.runs_dir, "compact", correct=9_941, owner=owners[0]),
            finish_run(server.runs_dir, "tiny", correct=9_930, owner=owners[1]),
        ]
        _put_up(anne, "Anne")
        expect(_rows(anne)).to_have_text([re.compile(r"^1Anne \(you\)99\.41 %7,314")])
        _put_up(bob, "<b>x</b>")
        for tab, names in ((anne, ("Anne (you)", "<b>x</b>")), (bob, ("Anne", "<b>x</b> (you)"))):
            expect(_rows(tab).locator(".who")).to_have_text(names)
            expect(tab.page.locator(".who b")).to_have_count(0)
        content = anne.page.content()
        assert owners[1] not in content and runs[1].id not in content
        bob.press("Take it off")
        expect(_rows(anne).locator(".who")).to_have_text(["Anne (you)"])
        line = bob.page.get_by_role("group", name=_MIDDLE).get_by_role("link", name="Train it")
        line.click()
        expect(bob.page.get_by_text("Changed from the recipe: network compact")).to_be_visible()
        for tab in (anne, bob):
            tab.check()
            tab.page.close()
