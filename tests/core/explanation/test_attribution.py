import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.explanation.attribution import (
    cam_layers,
    cover,
    default_cam_layer,
    grad_cam,
    look_inside,
    occlusion,
)
from mnist_core.models import MODELS, build_model
from mnist_core.networks.build import MaxBlurPool2d
from mnist_core.networks.receptive_field import receptive_fields
from mnist_core.networks.summary import summarize
from mnist_core.networks.trace import trace
from mnist_core.runs.catalogue import find_checkpoint


class _Padded(nn.Module):
    """What networks may have besides the seed's layers: padding, strides, a global average."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 4, 5, padding=2, stride=2),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, (3, 4), padding="same", dilation=2),
            nn.MaxPool2d(3, 2, padding=1),
            nn.Conv2d(4, 8, 3, groups=2),
        )
        self.last = nn.Conv2d(8, 10, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.body(images).relu().mean((2, 3), keepdim=True)).flatten(1)


class _Reader(nn.Module):
    """The score of 3 is the ink at one pixel, that of 5 the same with a minus; others are 0."""

    def __init__(self, row: int, column: int) -> None:
        super().__init__()
        self.seen = nn.Conv2d(1, 1, 1, bias=False)
        self.read = nn.Conv2d(1, 10, 28, bias=False)
        with torch.no_grad():
            self.seen.weight.fill_(1.0)
            self.read.weight.zero_()
            self.read.weight[3, 0, row, column] = 4.0
            self.read.weight[5, 0, row, column] = -4.0

    def forward(self, images: Tensor) -> Tensor:
        return self.read(self.seen(images)).flatten(1)


def _networks() -> list[nn.Module]:
    torch.manual_seed(0)
    return [_Padded(), *(build_model(name) for name in MODELS)]


def _digit() -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    image = np.zeros((28, 28), np.float32)
    image[5:23, 12:15] = 1.0
    image[5:8, 8:20] = 0.7
    return image


def _passing_everything_on(model: nn.Module) -> nn.Module:
    """Make every path of a network carry gradient: weights positive, maxima to means."""
    for parameter in model.parameters():
        parameter.data = parameter.data.abs() + 0.01
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.MaxPool2d | MaxBlurPool2d):
                mean = nn.AvgPool2d(child.kernel_size, child.stride, child.padding)
                setattr(parent, name, mean)
    return model


@pytest.mark.parametrize("model", _networks(), ids=lambda model: type(model).__name__)
def test_a_units_receptive_field_is_where_its_gradient_is(model: nn.Module) -> None:
    images = torch.ones(1, 1, 28, 28, requires_grad=True)
    steps, _ = trace(_passing_everything_on(model), images)
    is_exact = True
    for step, field in zip(steps, receptive_fields(steps), strict=True):
        assert field is not None
        last_row, last_column = step.output.shape[2] - 1, step.output.shape[3] - 1
        for row, column in {(0, 0), (last_row // 2, last_column), (last_row, last_column // 3)}:
            unit = step.output[0, :, row, column].sum()
            (gradient,) = torch.autograd.grad(unit, images, retain_graph=True)
            rows, columns = gradient[0, 0].nonzero().T
            seen = (int(rows.min()), int(columns.min()), int(rows.max()), int(columns.max()))
            box = field.of(row, column)
            if is_exact:
                assert seen == box, step.name
            else:  # a global maximum hands its gradient to one place only
                assert box[0] <= seen[0] and seen[2] <= box[2]
        is_exact = is_exact and "maximum" not in step.then


@pytest.mark.parametrize("model", _networks(), ids=lambda model: type(model).__name__)
def test_every_network_can_be_explained(model: nn.Module) -> None:
    views = look_inside(model.eval(), _digit())
    assert all(view.maps.ndim == 3 and view.maps.dtype == np.float32 for view in views)
    rows = [row.name for row in summarize(model).rows]  # a kernel used twice is shown at each use
    assert sum(view.kernels is not None for view in views) == sum(
        name.startswith("Conv2d") for name in rows
    )
    assert default_cam_layer(views) in cam_layers(views)
    for name in cam_layers(views):
        heat = grad_cam(model, _digit(), 7, name)
        assert heat.shape == (28, 28) and heat.dtype == np.float32 and heat.min() >= 0
    assert occlusion(model, _digit()).shape == (10, 28, 28)


def test_looking_inside_leaves_the_shared_network_without_hooks_and_gradients() -> None:
    model = build_model("seed").eval()
    views = look_inside(model, _digit())
    grad_cam(model, _digit(), 1, default_cam_layer(views))
    assert not any(layer._forward_hooks for layer in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_maps_are_what_the_next_layer_is_given() -> None:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    views = {view.name: view for view in look_inside(model, _digit())}
    assert views["Conv2d-1"].maps.min() == 0  # after the ReLU, which is no layer of its own
    assert views["BatchNorm2d-3"].maps.min() < 0
    assert np.allclose(
        views["MaxPool2d-4"].maps,
        views["BatchNorm2d-3"].maps.reshape(8, 12, 2, 12, 2).max((2, 4)),
    )


def test_grad_cam_weighs_the_maps_by_the_mean_gradient_of_the_digits_score() -> None:
    model, image = _Reader(6, 13), _digit()
    assert np.allclose(grad_cam(model, image, 3, "Conv2d-1"), image * 4 / 28**2)


def test_grad_cam_leaves_out_what_speaks_against_the_digit() -> None:
    assert grad_cam(_Reader(6, 13), _digit(), 5, "Conv2d-1").max() == 0


def test_grad_cam_puts_a_unit_where_its_receptive_field_is() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 9, bias=False), nn.Conv2d(1, 10, 20), nn.Flatten())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(1.0)
    image = np.zeros((28, 28), np.float32)
    image[16, 10] = 1.0  # seen alike by the 9 × 9 units around it
    heat = grad_cam(model, image, 0, "Conv2d-1")
    rows, columns = np.nonzero(heat == heat.max())
    assert (rows.mean(), columns.mean()) == (16, 10)


def test_covering_blank_paper_changes_nothing() -> None:
    model = build_model("seed").eval()
    image = _digit()
    falls = occlusion(model, image)
    blank = [(r, c) for r in range(28) for c in range(28) if (cover(image, r, c) == image).all()]
    assert len(blank) > 300
    assert all((falls[:, row, column] == 0).all() for row, column in blank)


def test_covering_tells_for_which_digit_the_ink_spoke_and_against_which() -> None:
    falls = occlusion(_Reader(6, 13), _digit())
    around = np.zeros((28, 28), bool)
    around[4:9, 11:16] = True
    assert (falls[3][around] > 0).all() and (falls[5][around] < 0).all()
    assert (falls[:, ~around] == 0).all()


def test_the_fall_of_the_log_odds_is_the_one_of_the_covered_image() -> None:
    model, image = build_model("seed").eval(), _digit()
    with torch.no_grad():
        batch = torch.from_numpy(np.stack([image, cover(image, 0, 9), cover(image, 6, 13)]))
        shares = model(batch.unsqueeze(1)).softmax(1).double()
    odds = (shares / (1 - shares)).log().numpy()
    falls = occlusion(model, image)
    assert np.allclose(falls[:, 6, 13], odds[0] - odds[2], atol=1e-3)
    assert np.allclose(falls[:, 0, 9], odds[0] - odds[1], atol=1e-3)


def test_where_no_layer_tells_where_there_is_nothing_for_grad_cam() -> None:
    image = np.random.default_rng(0).random((28, 28), np.float32)
    views = look_inside(build_model("10C28v").eval(), image)
    assert default_cam_layer(views) is None
