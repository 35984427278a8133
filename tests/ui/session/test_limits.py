import pytest

from mnist_core.config.settings import TrainConfig
from mnist_ui.session.limits import refusal
from mnist_ui.session.settings import Settings

_CONFIG = TrainConfig(epochs=18, batch_size=64)


def _ask(config: TrainConfig = _CONFIG, num_waiting: int = 0, **allowed: float) -> str | None:
    settings = Settings(**allowed)  # pyright: ignore[reportArgumentType]
    return refusal(config, settings, images_per_second=5_000, num_waiting=num_waiting)


def test_what_is_allowed_may_start() -> None:
    assert _ask() is None
    assert _ask(max_epochs=18, max_batch_size=64, max_minutes=4) is None


@pytest.mark.parametrize(
    ("allowed", "told"),
    [
        ({"max_epochs": 17}, "17 epochs"),
        ({"max_batch_size": 63}, "63 images"),
        # 18 epochs of 55,000 images at 5,000 a second are 198 s; 11 s an epoch, 16 fit into 180.
        ({"max_minutes": 3}, "16 epochs or fewer"),
        ({"max_minutes": 0.1}, "small set"),
    ],
)
def test_a_refusal_says_what_would_be_allowed(allowed: dict[str, float], told: str) -> None:
    refused = _ask(**allowed)
    assert refused is not None and told in refused


def test_one_visitor_cannot_fill_the_queue() -> None:
    assert _ask(num_waiting=19) is None
    assert "20 of your runs wait" in str(_ask(num_waiting=20))
