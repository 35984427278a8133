import pytest

from mnist_ui.charts.compared import Entry, accuracy_by_parameters


def _entry(name: str, parameters: int, *, model: str | None = None) -> Entry:
    return Entry(name=name, model=model, parameters=parameters, accuracy=99.5, how="one run")


@pytest.mark.parametrize(
    ("parameters", "side"), [(19_386, "right"), (16_402, "left"), (18_594, "left")]
)
def test_a_name_stands_on_the_side_where_no_other_point_is_close(
    parameters: int, side: str
) -> None:
    published = _entry("published, large", 18_594)
    figure = accuracy_by_parameters([_entry("ours", parameters, model="seed"), published])
    (ours,) = figure.select_traces({"name": "here"})
    (theirs,) = figure.select_traces({"name": "published"})
    assert list(ours.textposition) == [f"middle {side}"]
    assert list(theirs.text) == ["large"]
