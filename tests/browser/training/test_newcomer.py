"""Somebody's first minutes: without MNIST to a network of their own, and how MNIST comes."""

import os
import re
import time
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from mnist_core.data.mnist import mnist_is_present, mnist_raw_dir
from mnist_core.runs.folder import list_runs
from tests.browser.app import Open, Visit, serving

_SEVEN = [(80, 70), (200, 70), (130, 225)]
_MOST_CLICKS = 6
_MOST_SECONDS = 60

_STANDS_IN = '''
"""Stands in for torchvision where there is no network: the files come from a folder, in pieces."""
import gzip, os, time
from pathlib import Path
from typing import Literal

class MNIST:
    def __init__(self, root, download):
        raw = Path(root, "MNIST", "raw")
        raw.mkdir(parents=True)
        for source in Path(os.environ["TEST_SOURCE"]).glob("*-ubyte"):
            content = source.read_bytes()
            packed = gzip.compress(content, 1)
            piece = len(packed) // 4 + 1
            for start in range(0, len(packed), piece):
                with (raw / f"{source.name}.gz").open("ab") as file:
                    file.write(packed[start : start + piece])
                time.sleep(0.3)
            (raw / source.name).write_bytes(content)
'''


class _Clicks:
    """Presses buttons and links for a newcomer, and counts."""

    def __init__(self, tab: Visit) -> None:
        self.number = 0
        self._tab = tab

    def on(self, role: Literal["button", "link"], name: str) -> None:
        self.number += 1
        self._tab.page.get_by_role(role, name=name, exact=True).click()


def test_a_newcomer_without_mnist_has_a_network_of_their_own_within_a_minute(
    visit: Open, tmp_path: Path
) -> None:
    with serving(tmp_path, MNIST_DATA_DIR=str(tmp_path / "nothing")) as server:
        begun = time.monotonic()
        tab = visit(at=server)
        click = _Clicks(tab)
        click.on("link", "Train")
        click.on("button", "Train")
        expect(tab.pill).to_have_text("finished", timeout=60_000)
        told = tab.page.locator(".result .big").text_content() or ""
        assert float(told.removesuffix(" %")) >= 98
        click.on("button", "Draw with this network")
        tab.wait()
        expect(tab.page.get_by_text("the small set’s 300 test images").first).to_be_visible()
        tab.draw(_SEVEN)
        expect(tab.digit).to_have_text("7")
        assert click.number <= _MOST_CLICKS
        assert time.monotonic() - begun < _MOST_SECONDS
        (run,) = list_runs(server.runs_dir)
        assert (run.recipe, run.config.dataset) == ("quick", "digits")
        tab.check()
        tab.page.close()


@pytest.mark.mnist
def test_one_press_fetches_mnist_and_the_page_goes_on_with_it(
    visit: Open, tmp_path: Path, mnist_dir: Path
) -> None:
    package, data = tmp_path / "stands-in" / "torchvision", tmp_path / "data"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "datasets.py").write_text(_STANDS_IN)
    with serving(
        tmp_path,
        MNIST_DATA_DIR=str(data),
        TEST_SOURCE=str(mnist_raw_dir(mnist_dir)),
        PYTHONPATH=os.pathsep.join(filter(None, (str(package.parent), os.getenv("PYTHONPATH")))),
    ) as server:
        tab = visit("/train?recipe=tiny", at=server)
        expect(tab.page.get_by_text("19 epochs over 1,200 images")).to_be_visible()
        tab.press("Fetch MNIST (11 MB)")
        expect(tab.page.get_by_text(re.compile(r"Downloading MNIST… [1-9]\d?%"))).to_be_visible()
        expect(tab.page.get_by_text("19 epochs over 55,000 images")).to_be_visible()
        expect(tab.page.get_by_text("MNIST is here")).to_be_visible()
        expect(tab.page.locator(".st-key-get_mnist")).to_have_count(0)
        assert mnist_is_present(data)
        tab.press("Train")
        expect(tab.pill).to_have_text("training")
        (run,) = list_runs(server.runs_dir)
        assert run.config.dataset == "mnist"
        tab.press("Stop")
        expect(tab.pill).to_have_text("stopped early", timeout=60_000)
        tab.check()
        tab.page.close()
