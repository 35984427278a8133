import pytest
from scipy.special import stdtrit

from mnist_core.experiments.student import within_95_percent


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 100, 999])
def test_the_quantile_is_scipys(freedom: int) -> None:
    assert within_95_percent(freedom) == pytest.approx(stdtrit(freedom, 0.975), rel=1e-9)
