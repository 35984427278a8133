"""What can lie on a disk in place of a file that was written well: seeded, always the same."""

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from mnist_core import records
from mnist_core.config.settings import TrainConfig
from mnist_core.runs.control import Control, Label
from mnist_core.search.folder import Asked, Search, begin_search
from mnist_core.search.launcher import Ticket
from mnist_core.search.results import open_study
from mnist_core.strokes.files import StrokeFacts
from mnist_core.training.finetune import FineTuning, Score

_OLD_RUNS: Final = Path(__file__).parent / "core" / "runs" / "of_version_0_2"

Spoil = Callable[[Path], None]

_HUGE: Final = 3_000_000_000
_NUMBERS: Final = ("NaN", "Infinity", "-Infinity", "1" + 400 * "0", "1" + 30 * "0", "1e308", "-1")
_TEXTS: Final = (
    '"\\ud800"',
    '"<img src=x onerror=alert(1)>"',
    '"\\u0000*_`$x$"',
    '"' + 3_000 * "x" + '"',
)
_OTHERS: Final = ("null", "true", "0", "0.5", '""', '"7"', "[]", "{}", "[[1]]", '{"a": 1}')
_DEEP: Final = (2_000 * "[" + 2_000 * "]", 2_000 * '{"a":' + "1" + 2_000 * "}")


def spoilers(content: bytes, seed: int) -> Iterator[Spoil]:
    """Yield ways to spoil a file of that content, without end; the first are the same for all."""
    random = Random(seed)
    yield from (_remove, _make_folder, _make_loop, _make_device, _make_pipe, _make_huge)
    yield from map(_fill, (b"", b"\0" * 100, b"\xef\xbb\xbf" + content, b"[" * 100_000, b"null"))
    while True:
        is_text = content.lstrip()[:1] in (b"{", b"[")
        spoilt = _spoil_json(content, random) if is_text and random.random() < 0.75 else None
        yield _fill(_spoil_bytes(content, random) if spoilt is None else spoilt)


def _spoil_json(content: bytes, random: Random) -> bytes | None:
    """Put something else in one place of JSON, or of one line of it."""
    lines = content.splitlines()
    try:
        json.loads(content)
    except ValueError:  # one record a line
        number = random.randrange(len(lines))
        spoilt = _spoil_value(json.loads(lines[number]), random)
        return b"\n".join([*lines[:number], spoilt.encode(), *lines[number + 1 :], b""])
    return _spoil_value(json.loads(content), random).encode()


def _spoil_value(value: Any, random: Random) -> str:
    places = list(_places(value))
    place = random.choice(places)
    what = random.choice(
        [*random.choices((_NUMBERS, _TEXTS, _OTHERS, _DEEP), (5, 3, 6, 1), k=1)[0], "delete", "add"]
    )
    mark = "@@here@@"
    if not place:
        return what if what not in ("delete", "add") else "{}"
    parent = value
    for step in place[:-1]:
        parent = parent[step]
    if what == "delete":
        del parent[place[-1]]
    elif what == "add" and isinstance(parent, dict):
        parent["added"] = 1
    else:
        parent[place[-1]] = mark
    return json.dumps(value).replace(json.dumps(mark), "null" if what == "add" else what)


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value[:5])
        if isinstance(value, list)
        else ()
    )
    for key, one in inner:
        yield from _places(one, (*place, key))


def _spoil_bytes(content: bytes, random: Random) -> bytes:
    spoilt = bytearray(content or b"\0")
    match random.randrange(4):
        case 0:
            return bytes(spoilt[: random.randrange(len(spoilt))])
        case 1:
            for _ in range(random.randint(1, 20)):
                spoilt[random.randrange(len(spoilt))] = random.randrange(256)
        case 2:
            begin = random.randrange(len(spoilt))
            del spoilt[begin : begin + random.randint(1, 50)]
        case _:
            begin = random.randrange(len(spoilt))
            spoilt[begin:begin] = random.randbytes(random.randint(1, 50))
    return bytes(spoilt)


def _fill(content: bytes) -> Spoil:
    def spoil(path: Path) -> None:
        _remove(path)
        path.write_bytes(content)

    return spoil


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _make_folder(path: Path) -> None:
    _remove(path)
    path.mkdir()


def _make_loop(path: Path) -> None:
    _remove(path)
    path.symlink_to(path)


def _make_device(path: Path) -> None:
    _remove(path)
    path.symlink_to("/dev/zero")


def _make_pipe(path: Path) -> None:
    _remove(path)
    os.mkfifo(path)


def _make_huge(path: Path) -> None:
    _remove(path)
    with path.open("wb") as file:
        file.truncate(_HUGE)


def make_run(folder: Path) -> Path:
    """Return the folder of a run that has ended, with every file that a run's folder can hold."""
    shutil.copytree(_OLD_RUNS / "20261124-140914-tiny-cf9d", folder)
    shutil.copy(_OLD_RUNS / "20261124-140913-tiny-39fd" / "state.safetensors", folder)
    shutil.copy(folder / "model.safetensors", folder / "start.safetensors")
    records.write(folder / "label.json", Label(name="my *best*", note="of `two`"))
    records.write(folder / "control.json", Control(pause_at=3, learning_rate=0.5))
    score = Score(trained=1, held_out=1, test=200)
    found = FineTuning(num_trained=3, num_held_out=2, num_test=300, before=score, after=score)
    records.write(folder / "fine_tuning.json", found)
    content = b'{"digit": 7, "strokes": [[[0, 0], [9, 9]]]}\n'
    (folder / "strokes.gz").write_bytes(gzip.compress(content))
    digest = hashlib.sha256(content).hexdigest()
    facts = StrokeFacts(name="mine", sha256=digest, digits_trained_on=1, writers_trained_on=0)
    about = json.loads((folder / "run.json").read_bytes())
    about["config"]["stroke_renders"] = 1
    about["strokes"] = json.loads(records.encode(facts))
    about["origin"] = {"name": "tiny", "epochs": 19, "num_drawings": 5}
    (folder / "run.json").write_text(json.dumps(about))
    (folder / "log.txt").write_text(30 * "a line\n")
    for name in ("run.lock", "queued", "launched"):
        (folder / name).touch()
    return folder


FILES: Final = (
    *("run.json", "events.jsonl", "control.json", "label.json", "model.json", "model.safetensors"),
    *("state.safetensors", "start.safetensors", "fine_tuning.json", "strokes.gz", "log.txt"),
    *("run.lock", "queued", "launched"),
)
"""What `make_run` puts there."""

_MARKERS: Final = ("queued", "launched")


def spoilt_runs(
    base: Path, name: str, folder: Path, ways: Iterable[Spoil], *, first: int = 0
) -> Iterator[Path]:
    """Yield copies of a run in a folder of runs, each with that one file spoilt in another way."""
    for number, spoil in enumerate(ways, start=first):
        clock = f"{number // 3600:02d}{number // 60 % 60:02d}{number % 60:02d}"
        copy = folder / f"20261128-{clock}-tiny-{number:04x}"
        link_tree(base, copy)
        for marker in {*_MARKERS} - {name}:
            (copy / marker).unlink()
        spoil(copy / name)
        yield copy


FILES_OF_A_SEARCH: Final = (
    *("search.json", "journal.log", "search.lock", "stop", "failed.txt"),
    *("queued", "launched", "driven", "log.txt"),
)
"""What `make_search` puts there."""


def make_search(folder: Path) -> Search:
    """Return one that failed after two of three networks, with all that its folder can hold."""
    asked = Asked(max_parameters=3_000, trials=3, dataset="digits", recipe="tiny")
    search = begin_search("one", asked, folder)
    study = open_study(search)
    for _ in range(2):
        trial = study.ask()
        trial.suggest_float("learning_rate", 0.1, 1.0)
        trial.set_user_attr("config", TrainConfig().to_json())
        for name in ("losses", "accuracies", "curve"):
            trial.set_user_attr(name, [0.5, 0.25])
        trial.set_user_attr("parameters", 3_000)
        study.tell(trial, 0.375)
    for name in ("search.lock", "stop"):
        (search.folder / name).touch()
    for name in ("queued", "launched", "driven"):
        records.write(search.folder / name, Ticket(jobs=2, sender="a"))
    search.note_failure("A run of the search failed.")
    search.log_path.write_text(30 * "a line\n")
    return search


def spoilt_searches(base: Search, name: str, folder: Path, ways: Iterable[Spoil]) -> list[Search]:
    """Return copies of a search, each with that one file spoilt in another way."""
    searches: list[Search] = []
    for number, spoil in enumerate(ways):
        copy = folder / "searches" / f"{number:03d}"
        link_tree(base.folder, copy)
        for marker in {"queued", "launched", "driven"} - {name}:
            (copy / marker).unlink()
        spoil(copy / name)
        searches.append(Search(copy))
    return searches


def link_tree(source: Path, target: Path) -> None:
    """Copy a folder at no cost: each file is a second name of the same, to be replaced whole."""
    shutil.copytree(source, target, copy_function=os.link)
