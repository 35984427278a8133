"""What the browser tests lean on, without a browser."""

from pathlib import Path

import pytest

from tests.browser.app import Server


def test_a_bad_line_of_the_log_fails_one_test_and_no_other(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    server = Server("http://127.0.0.1", tmp_path, log, process_id=0)
    log.write_text("You can now view your app.\n")
    server.check_log()
    with log.open("a") as output:
        output.write("Traceback (most recent call last):\n")
    with pytest.raises(AssertionError, match="^Traceback"):
        server.check_log()
    server.check_log()


def test_a_line_is_answered_for_once_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    server = Server("http://127.0.0.1", tmp_path, log, process_id=0)
    log.write_text("a warn")
    server.check_log()
    with log.open("a") as output:
        output.write("ing\n")
    with pytest.raises(AssertionError, match="a warning"):
        server.check_log()
