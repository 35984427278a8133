"""Twenty visitors drawing at once against one: the server's answers, and its memory.

Each visitor is a websocket that speaks Streamlit's protocol as the browser does, without a
browser: all of them are one small process, which two processors can bear. A stroke every two
seconds; while it is drawn the pad tells of it every 0.1 s, and where answers are late less often,
and leaves out what a newer drawing has overtaken, as `pad.js` does. A rerun is timed from the
moment that the pad would tell, to the word that the script has finished; the end of a stroke is
told when the pen is lifted. One that is not answered by ten probabilities ends the measurement.
Each round has a server of its own: first one visitor, then all. `--beside-a-run` lets a network be
trained all the while.
`python -m benchmarks.visitors [--visitors N] [--seconds N] [--beside-a-run] [--rounds N] [--json]`
"""

import asyncio
import itertools
import json
import math
import random
import time
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.app import memory_mb, running_app
from benchmarks.measure import Result, Spread, command, percentile_95, report
from mnist_core.config.recipes import get_recipe
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.queue import Queue
from mnist_ui.components.drawing import Stroke
from tests.browser.app import Server

_SECONDS_PER_STROKE: Final = 2.0
_SECONDS_PER_TELLING: Final = 0.1
_MOST_SECONDS_PER_TELLING: Final = 1.0
_LATE: Final = 0.03
_PAUSE_FOR_LATE: Final = 20
_MOST_GROWTH: Final = 4
_MOST_SHRINKING: Final = 0.8
_SECONDS_TO_LOAD: Final = 60.0
_SECONDS_OF_ONE: Final = 60.0
"""One visitor alone draws no longer than that: it is the yardstick."""
_SECONDS_PER_READING: Final = 10.0
_WIDTH: Final = 22
_DIGITS: Final = (
    (80, 70, 120, 70, 160, 70, 200, 70, 176, 121, 153, 173, 130, 225),
    (90, 90, 120, 60, 180, 70, 180, 120, 135, 170, 90, 220, 145, 220, 200, 220),
    (140, 50, 141, 86, 142, 122, 143, 158, 144, 194, 145, 230),
)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What so many visitors met: milliseconds of each rerun, and the server's memory meanwhile."""

    reruns: list[float]
    ends: list[float]
    """Those reruns that answer a stroke's end."""
    memory_mb: list[float]
    """Read every ten seconds, and at the end."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__, num_rounds=2)
    parser.add_argument("--visitors", type=int, default=20, help="at once (default: 20)")
    parser.add_argument("--seconds", type=float, default=20, help="of drawing (default: 20)")
    parser.add_argument(
        "--tellings", type=int, default=5, help="messages a stroke; 1: only its end (default: 5)"
    )
    parser.add_argument("--beside-a-run", action="store_true", help="train a network meanwhile")
    options = parser.parse_args(arguments)
    rounds = [asyncio.run(_measure(options)) for _ in range(options.rounds)]
    one = Spread(tuple(percentile_95(alone.reruns) for alone, _ in rounds))
    many = Spread(tuple(percentile_95(crowd.reruns) for _, crowd in rounds))
    more = Spread(
        tuple(
            (crowd.memory_mb[-1] - alone.memory_mb[-1]) / (options.visitors - 1)
            for alone, crowd in rounds
        )
    )
    later = Spread(tuple(crowd.memory_mb[-1] - crowd.memory_mb[0] for _, crowd in rounds))
    name = f"{options.visitors} visitors"
    results = [
        Result(
            what=f"A rerun's 95th percentile, {name} against one",
            value=many.median / one.median,
            unit="×",
            goal=3,
            is_limit=True,
            spreads={
                "one visitor, ms": one,
                f"{name}, ms": many,
                "one visitor, all reruns, ms": _all(alone.reruns for alone, _ in rounds),
                f"{name}, all reruns, ms": _all(crowd.reruns for _, crowd in rounds),
                f"{name}, from pen-up, ms": _all(crowd.ends for _, crowd in rounds),
                f"{name}, 95th percentile from pen-up, ms": Spread(
                    tuple(percentile_95(crowd.ends) for _, crowd in rounds)
                ),
            },
        ),
        Result(
            what="Memory per visitor",
            value=more.median,
            unit="MB",
            goal=3,
            is_limit=True,
            spreads={f"growth from one to {name}, each, MB": more},
        ),
        Result(
            what=f"Memory's growth while {name} draw, from {_SECONDS_PER_READING:.0f} s on",
            value=later.median,
            unit="MB",
            spreads={"of each round, MB": later},
        ),
    ]
    report(
        options,
        "visitors",
        results,
        packages=("torch", "streamlit", "websockets"),
        seconds=options.seconds,
        tellings_a_stroke=options.tellings,
        beside_a_run=options.beside_a_run,
        reruns=sum(len(crowd.reruns) for _, crowd in rounds),
    )


@dataclass
class Visitor:
    """One tab on the Draw page, without the browser: its websocket and what it knows of its pad."""

    socket: ClientConnection
    page: str = ""
    fragment: str = ""
    pad: str = ""
    revision: int = 0
    pause: float = _SECONDS_PER_TELLING
    quickest: float = math.inf
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    async def come(self) -> None:
        """Open the page, and draw until the network answers."""
        await self._rerun(BackMsg())
        give_up = time.monotonic() + _SECONDS_TO_LOAD
        while "class=best" not in await self.tell(_DIGITS[-1]):
            if time.monotonic() > give_up:
                raise RuntimeError("The app gave no answer to a drawing.")
            await asyncio.sleep(0.3)

    async def tell(self, points: Sequence[int]) -> str:
        """Send a drawing of one stroke as the pad does; return the HTML of the answer."""
        stroke = Stroke(tuple(points), width=_WIDTH)
        message = BackMsg()
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.fragment_id = self.fragment
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.pad
        drawing = {"marks": [stroke.to_json()], "revision": self.revision}
        state.json_value = json.dumps({"drawing": drawing})
        return await self._rerun(message)

    async def draw(self, seconds: float, num_tellings: int) -> tuple[list[float], list[float]]:
        """Draw a stroke every two seconds; return each rerun's milliseconds, and the ends' alone.

        They count from the moment that the pad would tell: where the server still had to answer
        the time before, that is waited for and counts. What a newer drawing of the same stroke has
        overtaken meanwhile is left out.
        """
        times: list[float] = []
        ends: list[float] = []
        begin = time.perf_counter() + self.chance.uniform(0, _SECONDS_PER_STROKE)
        for number in range(round(seconds / _SECONDS_PER_STROKE)):
            digit = [n + self.chance.randint(-4, 4) for n in self.chance.choice(_DIGITS)]
            html = ""
            told = pressed = begin + number * _SECONDS_PER_STROKE
            for telling in range(1, num_tellings + 1):
                due = pressed + telling * _SECONDS_PER_TELLING
                is_end = telling == num_tellings
                if not is_end:
                    if max(told + self.pause, time.perf_counter()) > due + _SECONDS_PER_TELLING:
                        continue
                    due = max(due, told + self.pause)
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                told = time.perf_counter()
                num_points = round(len(digit) / 2 * telling / num_tellings)
                html = await self.tell(digit[: 2 * max(1, num_points)])
                answered = time.perf_counter()
                self._set_pause(answered - told)
                times.append(1000 * (answered - due))
            ends.append(times[-1])
            if "class=best" not in html:
                raise RuntimeError("The app gave no answer to a drawing.")
        return times, ends

    def _set_pause(self, took: float) -> None:
        """As `setPause` of `pad.js` does, in seconds."""
        self.quickest = min(self.quickest, took)
        least = max(_MOST_SHRINKING * self.pause, _SECONDS_PER_TELLING)
        most = min(_MOST_GROWTH * self.pause, _MOST_SECONDS_PER_TELLING)
        wanted = _PAUSE_FOR_LATE * (took - self.quickest - _LATE)
        self.pause = min(max(wanted, least), most)

    async def _rerun(self, message: BackMsg) -> str:
        if not message.HasField("rerun_script"):
            message.rerun_script.SetInParent()
        await self.socket.send(message.SerializeToString())
        found: list[str] = []
        while True:
            forward = ForwardMsg()
            content = await self.socket.recv(decode=False)
            forward.ParseFromString(content)
            match forward.WhichOneof("type"):
                case "navigation":
                    self.page = forward.navigation.page_script_hash
                case "delta":
                    element = forward.delta.new_element
                    if element.WhichOneof("type") == "html":
                        found.append(element.html.body)
                    elif element.bidi_component.component_name == "mnist_pad":
                        self.pad = element.bidi_component.id
                        self.fragment = forward.delta.fragment_id
                        self.revision = json.loads(element.bidi_component.json)["revision"]
                case "script_finished":
                    if forward.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        return "".join(found)
                case _:
                    pass


async def _measure(options: Namespace) -> tuple[Phase, Phase]:
    """Let one visitor draw, then all of them, on a server of their own."""
    with running_app() as server:
        if options.beside_a_run:
            _queue_a_long_run(server)
        visitors = [await _come(server, 0)]
        try:
            one = await _draw(visitors, server, options, min(options.seconds, _SECONDS_OF_ONE))
            for number in range(1, options.visitors):
                visitors.append(await _come(server, number))
            return one, await _draw(visitors, server, options, options.seconds)
        finally:
            for visitor in visitors:
                await visitor.socket.close()
            for run in list_runs(server.runs_dir):
                assert run.state() == "running", run.state()
                run.stop()


def _queue_a_long_run(server: Server) -> None:
    config = get_recipe("original").config.replace(epochs=100)
    Queue(server.runs_dir).add(create_run(config, recipe="original", folder=server.runs_dir))


async def _come(server: Server, number: int) -> Visitor:
    address = server.address.replace("http", "ws", 1) + "/_stcore/stream"
    socket = await connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None)
    visitor = Visitor(socket, chance=random.Random(number))
    await visitor.come()
    return visitor


async def _draw(
    visitors: Sequence[Visitor], server: Server, options: Namespace, seconds: float
) -> Phase:
    readings: list[float] = []

    async def read_memory() -> None:
        while True:
            await asyncio.sleep(_SECONDS_PER_READING)
            readings.append(memory_mb(server))

    reading = asyncio.create_task(read_memory())
    drawing = (visitor.draw(seconds, options.tellings) for visitor in visitors)
    times, ends = zip(*await asyncio.gather(*drawing), strict=True)
    reading.cancel()
    readings.append(memory_mb(server))
    return Phase(
        reruns=list(itertools.chain(*times)), ends=list(itertools.chain(*ends)), memory_mb=readings
    )


def _all(phases: Iterable[Iterable[float]]) -> Spread:
    return Spread(tuple(itertools.chain.from_iterable(phases)))


if __name__ == "__main__":
    main()
