import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.search.folder import Asked
from mnist_ui.session.limits import (
    NumWaiting,
    refusal,
    refusal_of_search,
    refusal_of_size,
    refusal_to_search,
    refusal_to_wait,
)
from mnist_ui.session.settings import Settings

_CONFIG = TrainConfig(epochs=18, batch_size=64)


def _ask(config: TrainConfig = _CONFIG, **allowed: float) -> str | None:
    settings = Settings(**allowed)  # pyright: ignore[reportArgumentType]
    return refusal(config, settings, images_per_second=5_000)


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
    assert refusal_to_wait(Settings(), NumWaiting(own=19, from_address=39, of_all=99)) is None
    assert "20 of your runs wait" in str(refusal_to_wait(Settings(), NumWaiting(own=20)))


def test_new_cookies_make_no_new_visitors_of_one_address() -> None:
    refused = refusal_to_wait(Settings(), NumWaiting(own=0, from_address=40, of_all=40))
    assert "your network address" in str(refused)


def test_all_visitors_together_cannot_queue_more_than_is_allowed() -> None:
    refused = refusal_to_wait(Settings(max_queued_total=7), NumWaiting(of_all=7))
    assert "7 runs wait here already" in str(refused)


def test_a_learning_rate_search_is_bound_by_the_size_of_its_steps_and_not_by_their_number() -> None:
    many, large = _CONFIG.replace(epochs=100), _CONFIG.replace(batch_size=256)
    assert refusal_of_size(many, Settings(max_epochs=1)) is None
    assert "255 images" in str(refusal_of_size(large, Settings(max_batch_size=255)))
    threads = _CONFIG.replace(threads=3)
    assert "2 processor threads" in str(refusal_of_size(threads, Settings(max_threads=2)))
    assert refusal_of_size(threads, Settings(max_threads=3)) is None


@pytest.mark.parametrize(
    ("allowed", "told"),
    [
        ({"max_epochs": 4}, "At most 4 epochs"),
        ({"max_trials": 99}, "At most 99 networks"),
        ({"max_batch_size": 128}, "keep the recipe’s batch size"),
        # It would take 10 minutes.
        ({"max_minutes": 5}, "try 50 networks or fewer"),
        ({"max_minutes": 0.05}, "small set"),
    ],
)
def test_a_search_that_asks_too_much_is_told_what_would_be_allowed(
    allowed: dict[str, float], told: str
) -> None:
    asked = Asked(max_parameters=8_000, trials=100)
    settings = Settings(**allowed)  # pyright: ignore[reportArgumentType]
    assert told in str(refusal_of_search(asked, settings, seconds=600))
    assert refusal_of_search(asked, Settings(), seconds=600) is None


def test_a_search_with_the_recipes_batch_size_fits_small_limits() -> None:
    asked = Asked(max_parameters=8_000, trials=100, fixed=("batch_size",))
    assert refusal_of_search(asked, Settings(max_batch_size=64), seconds=600) is None


def test_a_visitor_has_one_search_under_way_and_an_address_not_all() -> None:
    assert refusal_to_search(Settings(), NumWaiting(from_address=39, of_all=99)) is None
    assert "of yours" in str(refusal_to_search(Settings(), NumWaiting(own=1)))
    assert "network address" in str(refusal_to_search(Settings(), NumWaiting(from_address=40)))
    assert "100 searches" in str(refusal_to_search(Settings(), NumWaiting(of_all=100)))
