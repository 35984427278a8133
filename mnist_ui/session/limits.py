"""What one run may cost here, asked before it starts. Pure functions."""

from mnist_core.config.settings import TrainConfig
from mnist_ui import wording
from mnist_ui.session.settings import Settings


def refusal(
    config: TrainConfig, allowed: Settings, *, images_per_second: float, num_waiting: int
) -> str | None:
    """Say why the run is not allowed and what would be; None if it may start.

    `images_per_second` is what the network can be expected to train here, `num_waiting` how many
    runs of this visitor are in the queue.
    """
    if config.epochs > allowed.max_epochs:
        return f"At most {allowed.max_epochs:,} epochs are allowed here; choose fewer."
    if config.batch_size > allowed.max_batch_size:
        return f"Batches of at most {allowed.max_batch_size:,} images are allowed here."
    if (full := refusal_to_wait(allowed, num_waiting)) is not None:
        return full
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


def refusal_to_wait(allowed: Settings, num_waiting: int) -> str | None:
    """Say so where no further run of this visitor may be queued; None if one may."""
    if num_waiting < allowed.max_queued:
        return None
    return f"{num_waiting} of your runs wait already. Withdraw one, or let one end first."
