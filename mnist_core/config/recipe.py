"""What a recipe is. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mnist_core.config.settings import TrainConfig, changed_settings


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named configuration: where a run starts from before a person changes anything.

    `config` is for MNIST. On the small set, whose epochs are a fiftieth as long, the settings
    `on_small_set` take the place of its own.
    """

    name: str
    title: str
    description: str
    config: TrainConfig
    on_small_set: Mapping[str, Any]

    def config_on(self, dataset: str) -> TrainConfig:
        """Return the recipe's own settings for a data set."""
        if dataset == "digits":
            return self._config_on_small_set
        if dataset == self.config.dataset:
            return self.config
        return self.config.replace(dataset=dataset)

    @cached_property
    def _config_on_small_set(self) -> TrainConfig:
        return self.config.replace(dataset="digits", **self.on_small_set)

    def changed(self, changes: Mapping[str, Any]) -> TrainConfig:
        """Return the recipe's settings with `changes`, for the data set that these may name.

        Raises `ConfigError` for a value out of range.
        """
        return self.config_on(changes.get("dataset", self.config.dataset)).replace(**changes)

    def changes_in(self, config: TrainConfig) -> dict[str, Any]:
        """Return what `changed` makes `config` of: the settings that are not the recipe's own.

        The data set is among them unless it is MNIST; of the others, those that differ on it.
        """
        named = {} if config.dataset == self.config.dataset else {"dataset": config.dataset}
        return named | changed_settings(config, self.config_on(config.dataset))
