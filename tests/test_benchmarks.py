"""The measurements' own sums and counts. Nothing here measures time."""

import importlib
import json
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from benchmarks.drawn import load_drawn, see
from benchmarks.flakes import Outcome, Row, busy, read_outcomes, table, tally
from benchmarks.growth import slowest_against_first
from benchmarks.handwriting import STYLES, on_canvas
from benchmarks.killer import Killer, workers
from benchmarks.measure import (
    Result,
    Spread,
    apart,
    in_turn,
    percentile_95,
    readable,
    report,
    spreads_in_turn,
)
from benchmarks.other_drawings import NEAT, NON_DIGITS
from benchmarks.photographs import measure_folder
from benchmarks.plot import draw
from benchmarks.reference import Net
from benchmarks.share import count_operations
from mnist_core.errors import DataError
from mnist_core.models import build_model, count_parameters
from mnist_core.predict import Predictor
from mnist_core.runs.run import Run

COMMANDS = (
    "throughput",
    "goal",
    "share",
    "loading",
    "start",
    "predict",
    "visitors",
    "growth",
    "plot",
    "flakes",
    "keystroke",
    "drawn",
    "scale",
    "soak",
    "pen",
    "clicks",
    "many_runs",
)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_tells_what_it_measures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    with pytest.raises(SystemExit) as ended:
        module.main(["--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_drawn_tells_of_people_that_training_never_meets(tmp_path: Path) -> None:
    path = tmp_path / "pens.jsonl"
    lines = [
        {"digit": writer, "writer": writer, "strokes": [[[0, 0], [9, 99]]]} for writer in range(10)
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert [one.digit for one in load_drawn(path)] == [8, 9]
    assert [one.digit for one in load_drawn(path, (2, 4))] == [2, 3, 4]


@pytest.mark.parametrize("name", [*STYLES, *NON_DIGITS])
def test_a_drawer_draws_one_thing_never_twice_alike(name: str) -> None:
    drawer = STYLES[name][1] if name in STYLES else NON_DIGITS[name]
    randoms = [np.random.default_rng(number) for number in range(3)]
    pictures = [on_canvas(drawer(random), random) for random in randoms]
    seen = see(pictures, [0, 0, 0])
    assert seen.images.shape == (3, 1, 28, 28)
    assert len(seen.images.flatten(1).unique(dim=0)) == 3


def test_own_pictures_are_read_by_the_number_in_their_name(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for digit in (3, 7):
        ink = on_canvas(NEAT[digit](random), random)
        Image.fromarray(255 - ink).save(tmp_path / f"{digit}_neat.png")
    Image.fromarray(255 - on_canvas(NEAT[3](random), random)).save(tmp_path / "7 is wrong.png")
    (tmp_path / "notes.txt").write_text("no picture")
    counts, misread = measure_folder(Predictor.load("record"), tmp_path)
    assert (counts["pictures"], counts["right"]) == (3, 2)
    assert len(misread) == 1 and misread[0].startswith("7 is wrong.png: 3")
    with pytest.raises(DataError, match=r"7\.jpg"):
        measure_folder(Predictor.load("record"), tmp_path / "nothing here")


def test_two_things_are_measured_in_turn() -> None:
    order: list[str] = []
    found = in_turn(3, lambda: order.append("a") or 1, lambda: order.append("b") or 2)
    assert order == ["a", "b"] * 3
    assert found == [[1, 1, 1], [2, 2, 2]]


def test_a_spread_tells_median_and_range() -> None:
    spread = spreads_in_turn(1, {"a": lambda: 3.0})["a"]
    assert spread == Spread((3.0,))
    assert Spread((5.0, 1.0, 2.0)).to_json() | {"values": ()} == {
        "median": 2.0,
        "low": 1.0,
        "high": 5.0,
        "values": (),
    }


def test_the_95th_percentile_leaves_a_twentieth_above() -> None:
    assert percentile_95([float(n) for n in range(1, 101)]) == pytest.approx(95.95)


def test_a_goal_is_met_from_its_own_side() -> None:
    assert Result(what="", value=4.0, unit="×", goal=4).is_met
    assert not Result(what="", value=3.9, unit="×", goal=4).is_met
    assert Result(what="", value=2.0, unit="ms", goal=2, is_limit=True).is_met
    assert not Result(what="", value=2.1, unit="ms", goal=2, is_limit=True).is_met
    assert Result(what="", value=2.1, unit="ms").is_met is None


def test_growth_counts_the_slowest_against_the_first() -> None:
    rates = {"1×": Spread((100.0,)), "2×": Spread((80.0,)), "4×": Spread((125.0,))}
    assert slowest_against_first(rates) == 1.25


def test_a_measure_apart_leaves_this_process_alone() -> None:
    threads = torch.get_num_threads()
    apart(torch.set_num_threads, threads + 1)
    assert torch.get_num_threads() == threads


def test_a_worker_is_killed_twice_for_one_run_and_then_spared(tmp_path: Path) -> None:
    run = Run(tmp_path / "20261128-120000-tiny-0000")
    run.folder.mkdir()
    killer = Killer([run], num_kills=3, seconds_per_run=0.0)
    for killed in (1, 2, 2):
        with holding(run) as process:
            assert workers({run.id: run}) == {run.id: process.pid}
            before = killer.num_killed
            killer.act()
            assert killer.num_killed == killed
            if killed > before:
                assert process.wait() == -signal.SIGKILL
            else:
                assert process.poll() is None
    killer.ended([run])
    assert killer.num_left == 0


@contextmanager
def holding(run: Run) -> Iterator["subprocess.Popen[bytes]"]:
    """Let another process have a file of the run open, as one that trains it has."""
    code = "import sys; file = open(sys.argv[1], 'w'); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run.events_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_operations_are_counted_forward_and_backward() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 10, 26, bias=False), nn.Flatten()
    )
    first, second = 2 * 9 * 8 * 26 * 26, 2 * 8 * 10 * 26 * 26
    # The first layer's input needs no gradient; the second's does.
    assert count_operations(network) == 2 * first + 3 * second


def test_the_plain_loop_trains_the_seed_network() -> None:
    seed, net = build_model("seed"), Net()
    assert count_parameters(net) == count_parameters(seed)
    weights = dict(zip(net.state_dict(), seed.state_dict().values(), strict=True))
    net.load_state_dict(weights)
    images = torch.rand(4, 1, 28, 28)
    normalised = (images - 0.1307) / 0.3081
    torch.testing.assert_close(net.eval()(normalised), seed.eval()(images))


def test_numbers_are_told_with_the_digits_that_count() -> None:
    assert [readable(n) for n in (0.01234, 1.5, 99.567, 1234.5)] == [
        *("0.0123", "1.5", "99.57", "1,234")
    ]


def test_a_report_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(what="a", value=1.0, unit="×", goal=2, spreads={"b": Spread((1.0,))})
    report(Namespace(json=True), "name", [result], threads=1)
    found = json.loads(capsys.readouterr().out)
    assert found["benchmark"] == "name" and found["threads"] == 1
    assert found["results"][0]["is_met"] is False
    assert {"processor", "cores", "python", "torch"} <= set(found["machine"])
    report(Namespace(json=False), "name", [result])
    assert "goal: at least 2 ×; missed" in capsys.readouterr().out


def test_the_chart_draws_what_has_a_goal() -> None:
    machine = {"processor": "P & Q", "cores": 2, "torch": "2"}
    told = Result(what="without a goal", value=1.0, unit="×")
    results = [Result(what="Training", value=9.0, unit="×", goal=4).to_json(), told.to_json()]
    chart = draw([{"benchmark": "b", "results": results, "machine": machine}])
    assert "Training" in chart and "9 × (goal 4)" in chart and "P &amp; Q" in chart
    assert "without a goal" not in chart


def test_a_flake_is_counted_once_though_its_fixtures_failed_too() -> None:
    found = read_outcomes(
        "<testsuites><testsuite>"
        '<testcase classname="tests.test_browser" name="a" time="1.5"/>'
        '<testcase classname="tests.test_browser" name="b" time="2"><failure/></testcase>'
        '<testcase classname="tests.test_browser" name="b" time="1"><error/></testcase>'
        '<testcase classname="tests.test_browser" name="c" time="0"><skipped/></testcase>'
        "</testsuite></testsuites>"
    )
    a, b = Outcome("test_browser::a", 1.5, False), Outcome("test_browser::b", 3.0, True)
    assert found == [a, b]
    rows = tally([a, a, *found])
    assert rows == [Row(b.test, 1, 1, 3.0), Row(a.test, 3, 0, 1.5)]
    assert table(rows).splitlines()[1].split() == [b.test, "1", "1", "3.0"]


def test_who_keeps_the_machine_busy_is_ended_with_the_measurement() -> None:
    with busy(2) as processes:
        assert [process.poll() for process in processes] == [None, None]
    assert None not in [process.returncode for process in processes]
