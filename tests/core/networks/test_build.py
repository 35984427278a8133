from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from mnist_core.networks.build import MaxBlurPool2d, Network, build, with_new_names
from mnist_core.networks.notation import parse
from mnist_core.networks.summary import summarize
from tests.core.networks.former_networks import former

_LINES = {
    "record": "16c5 p2 2*16c3 p2 d 2*32c3 max",
    "compact": "8c5 p2 2*12c3 p2 d 16c3 20c3 max",
    "tiny": "8c5 p2 8c3 p2 d 2*12c3 max",
    "quick": "16c6s2v 16c3v p2 d 32c3 32c3v max",
    "seed": "8C3v R 8C3v R B p2 16C3v R 16C1 R B p2 d 64C3v R 32C1 R 10C3v",
}

_MODELS = Path(__file__).resolve().parents[3] / "models"

every_name = pytest.mark.parametrize("name", _LINES)


def _images(number: int = 16) -> Tensor:
    return torch.rand(number, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def _both(name: str, dropout: float = 0.1) -> tuple[nn.Module, Network]:
    """Return the network of the class and that of the line, each after the same seed."""
    torch.manual_seed(3)
    old = former(name, dropout)
    torch.manual_seed(3)
    return old, build(parse(_LINES[name]), dropout=dropout)


def _built(line: str) -> Network:
    torch.manual_seed(0)
    return build(parse(line)).eval()


@every_name
def test_a_line_begins_with_the_weights_of_the_class_it_replaces(name: str) -> None:
    old, new = _both(name)
    pairs = zip(old.parameters(), new.parameters(), strict=True)
    assert all(torch.equal(first, second) for first, second in pairs)


@every_name
def test_a_line_trains_as_the_class_did_bit_for_bit(name: str) -> None:
    logits: list[Tensor] = []
    gradients: list[list[Tensor]] = []
    for model in _both(name, dropout=0.3):
        model.to(memory_format=torch.channels_last).train()  # pyright: ignore
        torch.manual_seed(5)
        logits.append(model(_images()))
        F.cross_entropy(logits[-1], torch.arange(16) % 10).backward()
        gradients.append([p.grad for p in model.parameters() if p.grad is not None])
    assert torch.equal(*logits)
    assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))


@pytest.mark.parametrize("name", ["record", "seed"])  # the others' recipes train others now
def test_shipped_weights_give_the_logits_they_gave_the_class(name: str) -> None:
    weights = load_file(_MODELS / f"{name}.safetensors")
    old, new = _both(name)
    new.load_state_dict(with_new_names(weights, parse(_LINES[name])))
    old.load_state_dict(dict(zip(old.state_dict(), new.state_dict().values(), strict=True)))
    with torch.inference_mode():
        assert torch.equal(old.eval()(_images()), new.eval()(_images()))


@every_name
def test_a_state_with_the_classes_names_is_carried_over(name: str) -> None:
    old, new = _both(name)
    old.train()(_images())  # moves batch norm's statistics
    carried = with_new_names(old.state_dict(), parse(_LINES[name]))
    assert list(carried) == list(new.state_dict())
    new.load_state_dict(carried)
    with torch.inference_mode():
        assert torch.equal(old.eval()(_images()), new.eval()(_images()))


def test_names_of_today_and_foreign_ones_are_left_alone() -> None:
    description = parse(_LINES["tiny"])
    today = build(description).state_dict()
    assert list(with_new_names(today, description)) == list(today)
    foreign = {"more": torch.zeros(1), "blocks.9.0.weight": torch.zeros(1)}
    assert list(with_new_names(foreign, description)) == list(foreign)


@every_name
def test_the_layer_table_has_the_rows_it_had(name: str) -> None:
    old, new = _both(name)
    assert summarize(new).to_text() == summarize(old).to_text()


def test_parameters_are_named_by_layer_and_part() -> None:
    names = [name for name, _ in build(parse("16c5 p2 R 16c3x2 16C1 B max")).named_parameters()]
    assert names == [
        "layers.0.conv.weight",
        "layers.0.norm.weight",
        "layers.0.norm.bias",
        "layers.3.conv.weight",
        "layers.3.norms.0.weight",
        "layers.3.norms.0.bias",
        "layers.3.norms.1.weight",
        "layers.3.norms.1.bias",
        "layers.4.conv.weight",
        "layers.4.conv.bias",
        "layers.5.norm.weight",
        "layers.5.norm.bias",
        "layers.6.conv.weight",
        "layers.6.conv.bias",
    ]


def test_a_network_keeps_its_line_in_normal_form() -> None:
    assert _built("16c3  16c3 max").line == "2*16c3 max"


@pytest.mark.parametrize(
    ("line", "pool"), [("4c3 p2 max", "Max"), ("4c3 a2 max", "Avg"), ("4c3 b2 max", "MaxBlur")]
)
def test_halving_straight_after_a_block_comes_before_its_batch_norm(line: str, pool: str) -> None:
    names = [row.name.split("-")[0] for row in summarize(_built(line)).rows]
    assert names == ["Conv2d", f"{pool}Pool2d", "BatchNorm2d", "ReLU", "Conv2d"]


@pytest.mark.parametrize("side", [28, 14, 7, 3, 2])
def test_a_blurred_maximum_is_that_of_all_places_weighed_one_two_one(side: int) -> None:
    x = torch.rand(2, 3, side, side)
    greatest = F.pad(F.max_pool2d(x, 2, stride=1), (1, 1, 1, 1), mode="replicate")
    weights = torch.tensor([1.0, 2.0, 1.0]) / 4
    kernel = (weights[:, None] * weights).expand(3, 1, 3, 3)
    expected = F.conv2d(greatest, kernel, stride=2, groups=3)
    found = MaxBlurPool2d()(x)
    assert found.shape == (2, 3, side // 2, side // 2)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("side", [28, 7, 2])
def test_a_place_of_a_blurred_maximum_sees_what_its_window_says(side: int) -> None:
    pool = MaxBlurPool2d()
    for row in range(side):
        x = torch.zeros(1, 1, side, side)
        x[:, :, row] = 1.0
        first = [pool.stride * place - pool.padding for place in range(side // 2)]
        seen = [start <= row < start + pool.kernel_size for start in first]
        assert (pool(x)[0, 0, :, 0] > 0).tolist() == seen


def test_a_blurred_maximum_changes_less_where_the_image_moves() -> None:
    x = F.pad(_images(8)[..., :12, :12], (8, 8, 8, 8))
    moved = x.roll(1, dims=3)

    def change(pool: nn.Module) -> float:
        return float((pool(moved) - pool(x)).square().mean() / pool(x).var())

    assert change(MaxBlurPool2d()) < 0.5 * change(nn.MaxPool2d(2))


def test_halving_elsewhere_stays_where_it_stands() -> None:
    names = [row.name.split("-")[0] for row in summarize(_built("4c3 d p2 4C3 a2 p2 max")).rows]
    assert names[3:] == ["Dropout2d", "MaxPool2d", "Conv2d", "AvgPool2d", "MaxPool2d", "Conv2d"]


def test_a_kernel_used_three_times_is_one_kernel_with_three_batch_norms() -> None:
    model = _built("4c3 4c3x3 p2 max")
    names = [row.name.split("-")[0] for row in summarize(model).rows]
    once = ["Conv2d", "BatchNorm2d", "ReLU"]
    assert names == [*once, *once, *once, "Conv2d", "MaxPool2d", "BatchNorm2d", "ReLU", "Conv2d"]
    state = model.state_dict()
    x = F.relu(F.batch_norm(_first(model), *_norm(state, "layers.0.norm")))
    for number in range(3):
        x = F.conv2d(x, state["layers.1.conv.weight"], padding=1)
        x = F.max_pool2d(x, 2) if number == 2 else x
        x = F.relu(F.batch_norm(x, *_norm(state, f"layers.1.norms.{number}")))
    x = F.conv2d(x.amax((2, 3), keepdim=True), *_pair(state, "layers.3.conv"))
    assert torch.equal(model(_images()), x.flatten(1))


def _first(model: Network) -> Tensor:
    images = (_images() - 0.1307) / 0.3081
    return F.conv2d(images, model.state_dict()["layers.0.conv.weight"], padding=1)


def _norm(state: dict[str, Tensor], name: str) -> list[Tensor]:
    return [state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]


def _pair(state: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return state[f"{name}.weight"], state[f"{name}.bias"]


def test_the_end_takes_the_greatest_or_the_mean_value_of_all_places() -> None:
    for end, gather in (("max", torch.amax), ("mean", torch.mean)):
        model = _built(f"4c3 {end}")
        normed = F.batch_norm(_first(model), *_norm(model.state_dict(), "layers.0.norm"))
        x = gather(F.relu(normed), (2, 3), keepdim=True)
        expected = F.conv2d(x, *_pair(model.state_dict(), "layers.1.conv")).flatten(1)
        assert torch.equal(model(_images()), expected)


def test_dropout_has_the_recipes_rate_or_its_own_and_acts_in_training_only() -> None:
    model = build(parse("8c3 d d.25 max"), dropout=0.5)
    rates = [module.p for module in model.modules() if isinstance(module, nn.Dropout2d)]
    assert rates == [0.5, 0.25]
    assert not torch.equal(model(_images()), model(_images()))
    model.eval()
    assert torch.equal(model(_images()), model(_images()))


def test_a_bare_relu_is_no_layer_wherever_it_stands() -> None:
    assert [row.name for row in summarize(_built("R d R R p2 R max")).rows] == [
        "Dropout2d-1",
        "MaxPool2d-2",
        "Conv2d-3",
    ]


def test_a_network_normalises_its_input_itself() -> None:
    model = _built("4C3 R max")
    taken: list[Tensor] = []
    model.layers["0"].register_forward_pre_hook(lambda _, inputs: taken.append(inputs[0]))
    model(torch.full((1, 1, 28, 28), 0.1307))
    assert taken[0].abs().max() < 1e-6


@pytest.mark.parametrize(
    "line",
    [
        *(
            "max",
            "mean",
            "10C28v",
            "256c1 256c1g256 max",
            "16c28 max",
            "31*4c3 max",
            "4c3 4c3x30 max",
        ),
        *("2*2c28 max", "1c27s28 10C1", "64c7s2 p2 3*64c3 mean", "8c3 B R d.9 2*a2 10C7v"),
    ],
)
def test_lines_at_the_limits_are_built_and_run(line: str) -> None:
    description = parse(line)
    model = build(description).eval()
    with torch.inference_mode():
        assert model(_images(2)).shape == (2, 10)
    assert sum(p.numel() for p in model.parameters()) == description.parameters
