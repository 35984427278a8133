"""From a description to a network: images (B, 1, 28, 28) float32 in [0, 1] to logits (B, 10).

A network normalises its input itself, so that a checkpoint cannot be fed the wrong scale.

Parameters are named by the layer of the description, from 0, and what they belong to there:
`layers.0.conv.weight`, `layers.0.norm.bias`; in a block that uses its kernel again, `norms.2.bias`.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core.networks.notation import NUM_DIGITS, Description, Layer
from mnist_core.networks.words import Kind

MNIST_MEAN: Final = 0.1307
MNIST_STD: Final = 0.3081
"""Mean and standard deviation of the 60,000 training images' pixels in [0, 1]."""

Function = Callable[[Tensor], Tensor]


def _greatest(x: Tensor) -> Tensor:
    return x.amax((2, 3), keepdim=True)  # (B, C, height, width) -> (B, C, 1, 1)


def _mean(x: Tensor) -> Tensor:
    return x.mean((2, 3), keepdim=True)  # (B, C, height, width) -> (B, C, 1, 1)


_FUNCTIONS: Final[dict[Kind, Function]] = {
    Kind.RELU: F.relu,
    Kind.MAX_END: _greatest,
    Kind.MEAN_END: _mean,
}
"""What is a function and no layer, so that the layer table does not list it."""


class MaxBlurPool2d(nn.Module):
    """The maximum of 2×2 places around every place, blurred, and of that every second place.

    (B, C, n, n) -> (B, C, n // 2, n // 2). The blur weighs neighbours 1 2 1 along each side and
    repeats the edge. So the answer changes less where a digit moves by a pixel than it does with
    maxima of every second place alone (R. Zhang: Making Convolutional Networks Shift-Invariant
    Again, 2019). It has no parameters.
    """

    kernel_size, stride, padding, dilation = 4, 2, 1, 1
    """Through these an output's place sees the input."""

    def forward(self, x: Tensor) -> Tensor:
        greatest = F.pad(F.max_pool2d(x, 2, 1), (1, 1, 1, 1), mode="replicate")
        return F.avg_pool2d(F.avg_pool2d(greatest, 2, 1), 2)  # 1 1 by 1 1 is 1 2 1


_POOLS: Final[dict[Kind, Callable[[], nn.Module]]] = {
    Kind.MAX_POOL: partial(nn.MaxPool2d, 2),
    Kind.MEAN_POOL: partial(nn.AvgPool2d, 2),
    Kind.BLUR_POOL: MaxBlurPool2d,
}


class Network(nn.Module):
    """The network of a line, which it keeps in normal form."""

    def __init__(self, description: Description, dropout: float) -> None:
        super().__init__()
        self.line = description.line
        self.layers = nn.ModuleDict()
        self._steps: list[tuple[str, Function | None]] = []
        for index, layer in enumerate(description.layers):
            pool = _pool_after(description, index)
            if not is_in_the_block_before(description, index):
                if modules := _make(layer, pool, dropout):
                    self.layers[str(index)] = modules
                self._steps.append((str(index), _FUNCTIONS.get(layer.kind)))

    def forward(self, images: Tensor) -> Tensor:
        x = (images - MNIST_MEAN) / MNIST_STD
        for name, function in self._steps:
            if function is not None:
                x = function(x)
            if name in self.layers:
                x = self.layers[name](x)
        return x.flatten(1)  # (B, 10, 1, 1) -> (B, 10)


class RepeatedBlock(nn.Module):
    """One kernel used several times over, each time with a batch norm of its own, then ReLU."""

    def __init__(self, conv: nn.Conv2d, pool: nn.Module | None, times: int) -> None:
        super().__init__()
        self.conv = conv
        self.pool = pool
        self.norms = nn.ModuleList(nn.BatchNorm2d(conv.out_channels) for _ in range(times))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        for number, norm in enumerate(self.norms, 1):
            x = self.conv(x)
            if self.pool is not None and number == len(self.norms):
                x = self.pool(x)
            x = self.relu(norm(x))
        return x


def build(description: Description, *, dropout: float = 0.1) -> Network:
    """Return a fresh network; its weights come from torch's global generator.

    `dropout` is the rate of `d`: the share of channels silenced in training.
    """
    return Network(description, dropout)


def is_in_the_block_before(description: Description, index: int) -> bool:
    """Say whether a layer halves a block's output: that is done inside, before its batch norm.

    For a positive scale the maximum is the same as taken last, for a quarter of the work.
    """
    layers = description.layers
    return index > 0 and layers[index].word.is_pool and layers[index - 1].kind == Kind.BLOCK


def with_new_names(weights: Mapping[str, Tensor], description: Description) -> dict[str, Tensor]:
    """Return a state dict whose names may be those of the five networks when each was a class.

    These were `conv1.weight` and `norm1.bias` in seed, `blocks.0.0.weight` and `head.weight` in the
    others. Names of today, and unknown ones, are left alone.
    """
    if any(name.startswith("layers.") for name in weights):
        return dict(weights)
    names = _old_names(description)
    carried: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        module, _, leaf = name.rpartition(".")
        carried[f"{names.get(module, module)}.{leaf}" if module else name] = tensor
    return carried


def _old_names(description: Description) -> dict[str, str]:
    """Return the modules' names of today by those of then."""
    names: dict[str, str] = {}
    num_blocks = num_convolutions = num_norms = 0  # dropout stood among the blocks
    for index, layer in enumerate(description.layers):
        today = f"layers.{index}"
        match layer.kind:
            case Kind.CONVOLUTION:
                num_convolutions += 1
                names[f"conv{num_convolutions}"] = f"{today}.conv"
            case Kind.NORM:
                num_norms += 1
                names[f"norm{num_norms}"] = f"{today}.norm"
            case Kind.BLOCK:
                norm = 1 if _pool_after(description, index) is None else 2
                names[f"blocks.{num_blocks}.0"] = f"{today}.conv"
                names[f"blocks.{num_blocks}.{norm}"] = f"{today}.norm"
                num_blocks += 1
            case Kind.DROPOUT:
                num_blocks += 1
            case Kind.MAX_END | Kind.MEAN_END:
                names["head"] = f"{today}.conv"
            case _:
                pass
    return names


def _pool_after(description: Description, index: int) -> nn.Module | None:
    """Return what halves a block's output, None if the next layer does not."""
    after = index + 1
    if after == len(description.layers) or not is_in_the_block_before(description, after):
        return None
    return _POOLS[description.layers[after].kind]()


def _make(layer: Layer, pool: nn.Module | None, dropout: float) -> nn.Module | None:
    """Return a layer's modules by name, in the order in which they act; None for a function."""
    word, inputs = layer.word, layer.input_shape[0]
    match word.kind:
        case Kind.BLOCK | Kind.CONVOLUTION:
            return _make_convolution(layer, pool)
        case Kind.NORM:
            return _named(norm=nn.BatchNorm2d(inputs))
        case Kind.DROPOUT:
            return _named(dropout=nn.Dropout2d(dropout if word.rate is None else word.rate))
        case Kind.MAX_POOL | Kind.MEAN_POOL | Kind.BLUR_POOL:
            return _named(pool=_POOLS[word.kind]())
        case Kind.MAX_END | Kind.MEAN_END:
            return _named(conv=nn.Conv2d(inputs, NUM_DIGITS, 1))
        case Kind.RELU:
            return None


def _make_convolution(layer: Layer, pool: nn.Module | None) -> nn.Module:
    word = layer.word
    conv = nn.Conv2d(
        layer.input_shape[0],
        word.channels,
        word.kernel,
        word.stride,
        word.padding,
        groups=word.groups,
        bias=word.kind == Kind.CONVOLUTION,
    )
    if word.kind == Kind.CONVOLUTION:
        return _named(conv=conv)
    if word.repeats > 1:
        return RepeatedBlock(conv, pool, word.repeats)
    return _named(conv=conv, pool=pool, norm=nn.BatchNorm2d(word.channels), relu=nn.ReLU())


def _named(**modules: nn.Module | None) -> nn.Sequential:
    return nn.Sequential(OrderedDict({name: m for name, m in modules.items() if m is not None}))
