"""A network in one line: `16c5 p2 2*16c3 p2 d 2*32c3 max`. Standard library only.

The line is the network; `parse` says what it comes to, layer by layer, or which word is wrong, why
and what would mend it. It refuses what is too large itself, so no address or file gets around it.

Shapes are (channels, rows, columns), from the image (1, 28, 28) on; all maps are square.
"""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from mnist_core.networks.words import (
    MAX_CHARACTERS,
    MAX_KERNEL,
    MAX_LAYERS,
    Kind,
    NotationError,
    Word,
    read_word,
    split,
)

SIDE: Final = 28
NUM_DIGITS: Final = 10
MAX_PARAMETERS: Final = 200_000
MAX_MULTIPLY_ADDS: Final = 50_000_000

Shape = tuple[int, int, int]

_WINDOWS: Final = {
    Kind.MAX_POOL: {"kernel": 2, "stride": 2, "padding": 0},
    Kind.MEAN_POOL: {"kernel": 2, "stride": 2, "padding": 0},
    Kind.BLUR_POOL: {"kernel": 4, "stride": 2, "padding": 1},
}
"""The window through which each place of a halved map sees what was before."""

View = tuple[tuple[int, int], ...]
"""Along one side: the first and last pixel, both included, that each place of a map can see."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One word at work; `2*16c3` makes two of them, `16c3x2` one.

    A block and the `p2` after it are two layers here, each with its own output, although the
    network takes the maximum before the block's batch norm.
    """

    word: Word
    input_shape: Shape
    output_shape: Shape
    parameters: int = 0
    multiply_adds: int = 0
    view: View = field(repr=False)

    @property
    def kind(self) -> Kind:
        return self.word.kind

    @property
    def place(self) -> int:
        """The number of the word in the line as typed, from 1."""
        return self.word.token.place

    @property
    def receptive_field(self) -> int:
        """The pixels along a side of the image that the place with the widest view sees."""
        return max(last - first + 1 for first, last in self.view)


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a line comes to. `line` is its normal form: the one name of this network.

    In normal form one blank separates the words, equal neighbours are written as `2*16c3`,
    suffixes stand in the order `s v g x`, and nothing is written that changes nothing (`s1`, `g1`,
    `x1`, `v` of a 1×1 kernel, zeros at the front or after the last decimal).
    """

    line: str
    words: tuple[Word, ...]
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Those of the convolutions, for one image."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def receptive_field(self) -> int:
        """The pixels along a side of the image that one value behind an answer sees.

        Where `max` or `mean` gathers all places, a place before it counts: gathering joins what was
        seen in parts, but nothing has seen it together.
        """
        seen = [1, *(layer.receptive_field for layer in self.layers if not layer.word.is_end)]
        return seen[-1]

    @property
    def has_batch_norm(self) -> bool:
        return any(layer.kind in (Kind.BLOCK, Kind.NORM) for layer in self.layers)

    @property
    def has_dropout(self) -> bool:
        return any(layer.kind == Kind.DROPOUT for layer in self.layers)


def parse(text: str) -> Description:
    """Return what a line comes to; raises `NotationError` at the first word that does not fit."""
    tokens = split(text[:MAX_CHARACTERS])
    if len(text) > MAX_CHARACTERS:
        reason = f"The line has more than {MAX_CHARACTERS:,} characters."
        span = (MAX_CHARACTERS, len(text))
        raise NotationError(len(tokens) + 1, "", reason, "Make it shorter.", span)
    if not tokens:
        cure = "Begin with a block such as `16c3` and end with `max`."
        raise NotationError(1, "", "The line is empty.", cure, (len(text), len(text)))
    words: list[Word] = []
    layers: list[Layer] = []
    for token in tokens:
        word = read_word(token)
        if word.is_end and token.place < len(tokens):
            raise token.error("the end must come last;", "ten answers are added after it.")
        words.append(word)
        num_layers = sum(word.times * word.repeats for word in words)
        if num_layers > MAX_LAYERS:
            reason = f"it makes {num_layers} layers, and {MAX_LAYERS} are the most."
            raise token.error(reason, "Remove some.")
        for _ in range(word.times):
            layers.append(_next_layer(word, layers))
        _check_costs(word, layers)
    _check_end(text, layers)
    return Description(line=_normal(words), words=tuple(words), layers=tuple(layers))


def _normal(words: list[Word]) -> str:
    runs = [list(run) for _, run in groupby(words, key=str)]
    return " ".join(run[0].written(sum(word.times for word in run)) for run in runs)


def _next_layer(word: Word, before: list[Layer]) -> Layer:
    shape: Shape = before[-1].output_shape if before else (1, SIDE, SIDE)
    view: View = before[-1].view if before else tuple((pixel, pixel) for pixel in range(SIDE))
    channels, side, _ = shape
    if word.is_convolution:
        return _convolve(word, shape, view, before)
    if word.is_pool:
        if side < 2:
            raise word.token.error("it needs 2×2 places, but 1×1 are left.", "Remove it.")
        return Layer(
            word=word,
            input_shape=shape,
            output_shape=(channels, side // 2, side // 2),
            view=_through(view, side // 2, **_WINDOWS[word.kind]),
        )
    if word.is_end:
        return Layer(
            word=word,
            input_shape=shape,
            output_shape=(NUM_DIGITS, 1, 1),
            parameters=NUM_DIGITS * channels + NUM_DIGITS,
            multiply_adds=NUM_DIGITS * channels,
            view=((view[0][0], view[-1][1]),),
        )
    parameters = 2 * channels if word.kind == Kind.NORM else 0
    return Layer(word=word, input_shape=shape, output_shape=shape, parameters=parameters, view=view)


def _convolve(word: Word, shape: Shape, view: View, before: list[Layer]) -> Layer:
    inputs, side, _ = shape
    outputs, kernel = word.channels, word.kernel
    if side + 2 * word.padding < kernel:
        raise _kernel_too_large(word, side, before)
    if inputs % word.groups or outputs % word.groups:
        raise word.token.error(
            f"{inputs} channels in and {outputs} out cannot be split into {word.groups} equal"
            " groups;",
            f"{_any_of([n for n in range(1, inputs + 1) if not (inputs % n or outputs % n)])}"
            " would do.",
        )
    left = (side + 2 * word.padding - kernel) // word.stride + 1
    if word.repeats > 1 and (inputs != outputs or side != left):
        change = f"{inputs} in, {outputs} out"
        if inputs == outputs:
            change = f"{side}×{side} in, {left}×{left} out"
        raise word.token.error(
            f"`x{word.repeats}` uses the same kernel again,",
            f"so channels and size must stay: {change}.",
        )
    for _ in range(word.repeats):
        view = _through(view, left, kernel=kernel, stride=word.stride, padding=word.padding)
    weights = outputs * (inputs // word.groups) * kernel**2
    others = 2 * outputs * word.repeats if word.kind == Kind.BLOCK else outputs
    return Layer(
        word=word,
        input_shape=shape,
        output_shape=(outputs, left, left),
        parameters=weights + others,
        multiply_adds=weights * left**2 * word.repeats,
        view=view,
    )


def _through(view: View, num_places: int, *, kernel: int, stride: int, padding: int) -> View:
    """Return what the places see after a window has passed over them."""
    starts = [place * stride - padding for place in range(num_places)]
    return tuple(
        (view[max(start, 0)][0], view[min(start + kernel, len(view)) - 1][1]) for start in starts
    )


def _kernel_too_large(word: Word, side: int, before: list[Layer]) -> NotationError:
    kernel = f"{word.kernel}×{word.kernel}"
    pool = next((layer.word for layer in reversed(before) if layer.word.is_pool), None)
    cure = "Take a smaller kernel or drop `v`."
    if pool is not None:
        cure = f"Take a smaller kernel, drop `v`, or remove a `{pool}` before it."
    return word.token.error(
        f"a {kernel} kernel needs {kernel} places, but {side}×{side} are left.", cure
    )


def _check_costs(word: Word, layers: list[Layer]) -> None:
    parameters = sum(layer.parameters for layer in layers)
    if parameters > MAX_PARAMETERS:
        raise word.token.error(
            f"with it the network has {parameters:,} parameters, and {MAX_PARAMETERS:,} are the"
            " most.",
            "Take fewer channels or a smaller kernel.",
        )
    multiply_adds = sum(layer.multiply_adds for layer in layers)
    if multiply_adds > MAX_MULTIPLY_ADDS:
        raise word.token.error(
            f"with it an image takes {multiply_adds:,} multiply-adds, and {MAX_MULTIPLY_ADDS:,}"
            " are the most.",
            "Take fewer channels or a smaller kernel, or halve earlier with `p2`.",
        )


def _check_end(text: str, layers: list[Layer]) -> None:
    last = layers[-1]
    has_ten_answers = last.output_shape == (NUM_DIGITS, 1, 1)
    if last.word.is_end or (last.kind == Kind.CONVOLUTION and has_ten_answers):
        return
    channels, side, _ = last.output_shape
    found = f"{channels}×{side}×{side}"
    reason = f"The network ends with {found}; ten answers are needed."
    if has_ten_answers:
        reason = f"The network ends with {found}, but not with a bare convolution."
    cure = "Add `max` or `mean`."
    if side <= MAX_KERNEL:
        bare = f"{NUM_DIGITS}C{side}{'v' if side > 1 else ''}"
        cure = f"Add `max` or `mean`, or end with a bare convolution `{bare}`."
    end = len(text.rstrip())
    raise NotationError(last.place + 1, "", reason, cure, (end, end))


def _any_of(numbers: list[int]) -> str:
    *others, last = map(str, numbers)
    return f"{', '.join(others)} or {last}" if others else last
