"""What one run or search may cost here, and how many may wait. Pure functions."""

from dataclasses import dataclass

from mnist_core.config.settings import TrainConfig
from mnist_core.search.folder import Asked
from mnist_core.search.space import BATCH_SIZES
from mnist_ui import wording
from mnist_ui.session.settings import Settings


@dataclass(frozen=True, kw_only=True)
class NumWaiting:
    """How many runs wait: the visitor's own, those asked for from their address, all of them."""

    own: int = 0
    from_address: int = 0
    of_all: int = 0


def refusal(config: TrainConfig, allowed: Settings, *, images_per_second: float) -> str | None:
    """Say why the run is not allowed and what would be; None if it may start.

    `images_per_second` is what the network can be expected to train here.
    """
    if config.epochs > allowed.max_epochs:
        return f"At most {allowed.max_epochs:,} epochs are allowed here; choose fewer."
    if (too_large := refusal_of_size(config, allowed)) is not None:
        return too_large
    if allowed.max_minutes is not None:
        seconds_per_epoch = wording.num_train(config) / images_per_second
        if config.epochs * seconds_per_epoch > 60 * allowed.max_minutes:
            most = int(60 * allowed.max_minutes / seconds_per_epoch)
            whole = wording.duration(config.epochs * seconds_per_epoch)
            remedy = (
                f"choose {most:,} epochs or fewer" if most else "choose the small set of digits"
            )
            return (
                f"This would take about {whole}; {wording.duration(60 * allowed.max_minutes)} are"
                f" allowed here: {remedy}."
            )
    return None


def refusal_of_size(config: TrainConfig, allowed: Settings) -> str | None:
    """Say why steps of that size are not allowed, however few are made; None if they are."""
    if config.batch_size > allowed.max_batch_size:
        return f"Batches of at most {allowed.max_batch_size:,} images are allowed here."
    if config.threads > allowed.max_threads:
        return f"At most {allowed.max_threads:,} processor threads are allowed here."
    return None


def refusal_to_wait(allowed: Settings, waiting: NumWaiting) -> str | None:
    """Say so where no further run of this visitor may be queued; None if one may."""
    if waiting.own >= allowed.max_queued:
        return f"{waiting.own} of your runs wait already. Withdraw one, or let one end first."
    if waiting.from_address >= allowed.max_queued_address:
        return (
            f"{waiting.from_address} runs wait already that were started from your network address,"
            " by you or by others who share it. Let one end first."
        )
    if waiting.of_all >= allowed.max_queued_total:
        return f"{waiting.of_all} runs wait here already, of all visitors. Let some end first."
    return None


def refusal_of_search(asked: Asked, allowed: Settings, *, seconds: float) -> str | None:
    """Say why the search is not allowed and what would be; None if it may start.

    `seconds` is how long it can be expected to take here at the most.
    """
    if asked.epochs > allowed.max_epochs:
        return f"At most {allowed.max_epochs:,} epochs are allowed here; choose fewer."
    if asked.trials > allowed.max_trials:
        return f"At most {allowed.max_trials:,} networks may be tried in one search here."
    if "batch_size" not in asked.fixed and max(BATCH_SIZES) > allowed.max_batch_size:
        return (
            f"It would try batches of up to {max(BATCH_SIZES)} images;"
            f" {allowed.max_batch_size:,} are allowed here: keep the recipe’s batch size."
        )
    if allowed.max_minutes is not None and seconds > 60 * allowed.max_minutes:
        most = int(asked.trials * 60 * allowed.max_minutes / seconds)
        remedy = f"try {most:,} networks or fewer" if most else "choose the small set of digits"
        return (
            f"This would take up to {wording.duration(seconds)};"
            f" {wording.duration(60 * allowed.max_minutes)} are allowed here: {remedy}."
        )
    return None


def refusal_to_search(allowed: Settings, under_way: NumWaiting) -> str | None:
    """Say so where this visitor may not start a search now; None if they may.

    `under_way` counts the searches that wait or go on.
    """
    if under_way.own:
        return "A search of yours is under way. Stop it, or let it end, before you start another."
    if under_way.from_address >= allowed.max_queued_address:
        return (
            f"{under_way.from_address} searches are under way that were started from your network"
            " address, by others who share it. Let one end first."
        )
    if under_way.of_all >= allowed.max_queued_total:
        return f"{under_way.of_all} searches wait here already, of all visitors. Try again later."
    return None
