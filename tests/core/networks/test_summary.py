import pytest
import torch
from torch import nn

from mnist_core.models import MODELS, build_model
from mnist_core.networks.summary import summarize

_SEED_TABLE = [
    ("Conv2d-1", (-1, 8, 26, 26), 80),
    ("Conv2d-2", (-1, 8, 24, 24), 584),
    ("BatchNorm2d-3", (-1, 8, 24, 24), 16),
    ("MaxPool2d-4", (-1, 8, 12, 12), 0),
    ("Conv2d-5", (-1, 16, 10, 10), 1_168),
    ("Conv2d-6", (-1, 16, 10, 10), 272),
    ("BatchNorm2d-7", (-1, 16, 10, 10), 32),
    ("MaxPool2d-8", (-1, 16, 5, 5), 0),
    ("Dropout2d-9", (-1, 16, 5, 5), 0),
    ("Conv2d-10", (-1, 64, 3, 3), 9_280),
    ("Conv2d-11", (-1, 32, 3, 3), 2_080),
    ("Conv2d-12", (-1, 10, 1, 1), 2_890),
]


def test_the_seed_networks_table_is_the_challenges_cell_by_cell() -> None:
    rows = summarize(build_model("seed")).rows
    assert [(row.name, row.output_shape, row.parameters) for row in rows] == _SEED_TABLE


def test_the_seed_networks_totals_are_torchsummarys() -> None:
    summary = summarize(build_model("seed"))
    assert summary.total_parameters == summary.trainable_parameters == 16_402
    assert summary.non_trainable_parameters == 0
    sizes = (
        summary.input_mb,
        summary.forward_backward_mb,
        summary.parameters_mb,
        summary.total_mb,
    )
    assert [f"{size:.2f}" for size in sizes] == ["0.00", "0.17", "0.06", "0.24"]


def test_the_printed_table_holds_every_row_and_total() -> None:
    text = summarize(build_model("seed")).to_text()
    for name, shape, parameters in _SEED_TABLE:
        line = next(line for line in text.splitlines() if f" {name} " in line)
        assert line.split(maxsplit=1)[1].split("]")[0] + "]" == str(list(shape))
        assert line.endswith(f" {parameters:,}")
    assert "Total params: 16,402" in text
    assert "Estimated Total Size (MB): 0.24" in text


@pytest.mark.parametrize("name", MODELS)
def test_the_rows_add_up_to_the_total(name: str) -> None:
    summary = summarize(build_model(name))
    assert sum(row.parameters for row in summary.rows) == summary.total_parameters


def test_frozen_weights_count_as_non_trainable() -> None:
    model = build_model("seed")
    first = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
    first.requires_grad_(False)
    assert summarize(model).non_trainable_parameters == 80


def test_summarizing_leaves_the_network_as_it_was() -> None:
    model = build_model("seed").train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    summarize(model)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(layer._forward_hooks for layer in model.modules())
