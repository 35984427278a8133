import pytest
import torch
from torch import Tensor, nn

from mnist_core.models import MODELS, build_model, count_parameters
from mnist_core.networks.named import LINES
from mnist_core.networks.notation import parse
from mnist_core.networks.profile import profile_network, time_layers
from mnist_core.networks.summary import summarize
from mnist_core.networks.words import Kind


def test_multiply_adds_are_those_of_the_hand_formula() -> None:
    profile = profile_network(build_model("seed"))
    # outputs × inputs per output, layer by layer
    assert profile.multiply_adds == (
        8 * 26 * 26 * 1 * 9
        + 8 * 24 * 24 * 8 * 9
        + 16 * 10 * 10 * 8 * 9
        + 16 * 10 * 10 * 16
        + 64 * 3 * 3 * 16 * 9
        + 32 * 3 * 3 * 64
        + 10 * 1 * 1 * 32 * 9
    )


def test_a_grouped_convolution_multiplies_its_own_group_only() -> None:
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3, groups=4), nn.Flatten())
    assert profile_network(model).layers[1].multiply_adds == 16 * 24 * 24 * 2 * 9


def test_the_seed_sees_more_from_layer_to_layer_and_the_whole_image_at_last() -> None:
    profile = profile_network(build_model("seed"))
    sizes = [layer.sees[0] for layer in profile.layers if layer.sees]
    assert sizes == [3, 5, 5, 6, 10, 10, 10, 12, 12, 20, 20, 28]
    assert profile.sees == (28, 28)


@pytest.mark.parametrize("name", MODELS)
def test_the_parts_are_the_rows_of_the_layer_table(name: str) -> None:
    model = build_model(name)
    profile, summary = profile_network(model), summarize(model)
    assert [(layer.name, layer.output_shape, layer.parameters) for layer in profile.layers] == [
        (row.name, row.output_shape[1:], row.parameters) for row in summary.rows
    ]
    assert sum(layer.parameters for layer in profile.layers) == count_parameters(model)
    assert profile.sees is not None


def test_memory_is_four_bytes_for_each_output() -> None:
    layers = profile_network(build_model("seed")).layers
    assert layers[0].memory_bytes == 8 * 26 * 26 * 4


def test_shares_of_time_add_up_and_none_is_told_unmeasured() -> None:
    timed = [
        layer.share_of_time for layer in profile_network(build_model("seed"), timed=True).layers
    ]
    assert sum(share for share in timed if share is not None) == pytest.approx(1)
    assert all(layer.share_of_time is None for layer in profile_network(build_model("seed")).layers)


@pytest.mark.parametrize("pooling", ["average", "maximum"])
def test_functions_between_layers_are_recognised(pooling: str) -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, 3)
            self.last = nn.Conv2d(8, 10, 1)

        def forward(self, images: Tensor) -> Tensor:
            x = self.second(self.first(images).relu())
            x = x.mean((2, 3), keepdim=True) if pooling == "average" else x.amax((2, 3), True)
            return self.last(x).flatten(1)

    torch.manual_seed(0)
    profile = profile_network(Pooled())
    assert [layer.then for layer in profile.layers] == ["ReLU", f"global {pooling}", ""]
    assert profile.sees == (28, 28) and profile.layers[1].sees == (5, 5)


def test_dissecting_leaves_torchs_random_numbers_and_the_network_alone() -> None:
    model = build_model("seed").train()
    before = torch.random.get_rng_state()
    profile_network(model, timed=True)
    assert torch.equal(before, torch.random.get_rng_state())
    assert model.training
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())


@pytest.mark.parametrize(
    "line", [*LINES.values(), "8c5 p2 8c3x3 p2 d.1 2*12c3 mean", "8C3 p2 R B 8c3x2 a2 max"]
)
def test_each_layer_of_a_line_has_its_share_of_the_time_but_a_bare_relu(line: str) -> None:
    description = parse(line)
    shares = time_layers(description)
    assert len(shares) == len(description.layers)
    assert [share is None for share in shares] == [
        layer.kind == Kind.RELU for layer in description.layers
    ]
    assert sum(share or 0.0 for share in shares) == pytest.approx(1.0)
