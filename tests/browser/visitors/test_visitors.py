"""A deployment for the public: who sees whose runs."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.app import Open, serving


def test_in_public_a_visitor_sees_their_own_runs_only(visit: Open, tmp_path: Path) -> None:
    with serving(tmp_path, MNIST_PUBLIC="1", MNIST_MAX_EPOCHS="5") as server:
        mine = visit("/train?dataset=digits&epochs=1", at=server)
        mine.press("Train")
        expect(mine.pill).to_have_text("finished", timeout=60_000)
        theirs = visit("/train?dataset=digits&epochs=6", at=server)
        expect(theirs.page.get_by_text("Nothing has been trained here yet")).to_be_visible()
        expect(theirs.page.get_by_text("At most 5 epochs are allowed here")).to_be_visible()
        expect(theirs.page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
        theirs.open("/runs")
        expect(theirs.page.get_by_text("There are no runs yet")).to_be_visible()
        theirs.press("Train a network")
        expect(theirs.page.get_by_text("Nothing has been trained here yet")).to_be_visible()
        mine.open("/train")  # a new session of the same browser
        expect(mine.pill).to_have_text("finished")
        for tab in (mine, theirs):
            tab.check()
            tab.page.close()
