"""The networks that have a name, a line each, and what a name or a line stands for.

Standard library only.
"""

import re
from functools import lru_cache
from typing import Final

from mnist_core.errors import ConfigError, did_you_mean
from mnist_core.networks.notation import Description, parse

LINES: Final[dict[str, str]] = {
    # The challenge's own network: 16,402 parameters.
    "seed": "8C3v R 8C3v R B p2 16C3v R 16C1 R B p2 d 64C3v R 32C1 R 10C3v",
    # As accurate as any we know below 20,000 parameters: 19,386. Channels are counted in eights, as
    # many as a processor works on at a time.
    "record": "16c5 p2 2*16c3 p2 d 2*32c3 max",
    # Below 8,000 parameters: 7,758. A kernel used twice is one more layer for a few parameters.
    "compact-twice": "12c5 p2 12c3x2 p2 d 20c3 20c3x2 max",
    # Below 3,500 parameters: 3,190. Kernels used three times, and pools that blur.
    "tiny-thrice": "12c5 b2 12c3x3 b2 d 12c3x3 max",
    # The least time, 17,498: after a first layer in strides of two and a pool 6×6 places are left.
    "swift": "24c6s2v p2 d 2*32c3v max",
    # What the recipes of these names trained until version 0.3: 3,146, 7,314 and 17,226.
    "tiny": "8c5 p2 8c3 p2 d 2*12c3 max",
    "compact": "8c5 p2 2*12c3 p2 d 16c3 20c3 max",
    "quick": "16c6s2v 16c3v p2 d 32c3 32c3v max",
}
"""Each in the normal form of the notation (`mnist_core.networks.notation`)."""

_NAMES: Final = {line: name for name, line in LINES.items()}

_LIKE_A_NAME: Final = re.compile(r"(?!max$|mean$)[A-Za-z][A-Za-z_-]{2,23}")
"""One word that is none of the notation's: somebody means a network by name."""


@lru_cache(maxsize=256)
def describe(name_or_line: str) -> Description:
    """Return what a named network, or a line, comes to; raises `ConfigError` with the cure.

    Kept: a list of runs asks for the same few again and again.
    """
    if name_or_line in LINES:
        return parse(LINES[name_or_line])
    if _LIKE_A_NAME.fullmatch(name_or_line):
        raise ConfigError(
            f"Unknown network {name_or_line!r}.{did_you_mean(name_or_line, LINES)} Known are"
            f" {', '.join(LINES)}. Or write one as a line, such as `{LINES['tiny']}`."
        )
    return parse(name_or_line)


def call(name_or_line: str) -> str:
    """Return what a network is called: by its name if it has one, else by its line in normal form.

    So the same network has one name. Raises `ConfigError` with the cure.
    """
    if name_or_line in LINES:
        return name_or_line
    line = describe(name_or_line).line
    return _NAMES.get(line, line)
