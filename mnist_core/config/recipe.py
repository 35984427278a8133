"""What a recipe is. Standard library only."""

from dataclasses import dataclass

from mnist_core.config.settings import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named configuration: where a run starts from before a person changes anything."""

    name: str
    title: str
    description: str
    config: TrainConfig
