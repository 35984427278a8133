"""What a search has found: which of its networks are the best."""

from mnist_core.config.settings import TrainConfig
from mnist_core.search.results import NUM_BEST, Found, Trial

_LINE = "8c5 p2 8c3 max"


def _trial(number: int, loss: float, model: str = _LINE) -> Trial:
    return Trial(
        number=number,
        state="finished",
        config=TrainConfig(model=model),
        parameters=1_000,
        losses=(loss,),
        accuracies=(98.0,),
        curve=(98.0,),
        choices={},
        begun=None,
        ended=None,
    )


def test_the_best_are_ten_lines_each_with_its_best_settings() -> None:
    near = [_trial(number, 0.05 + 0.001 * number) for number in range(20)]
    other = "8c5 p2 8c3v max"
    found = Found(trials=(*near, _trial(20, 0.09, other), _trial(21, 0.08, other)))
    assert [trial.number for trial in found.best] == [0, 21]


def test_the_best_of_one_line_alone_are_its_ten_best_settings() -> None:
    found = Found(trials=tuple(_trial(number, 0.05 - 0.001 * number) for number in range(20)))
    assert [trial.number for trial in found.best] == list(range(19, 19 - NUM_BEST, -1))
