"""What browsers say of their widgets: what one of ours says is believed."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import ValueFieldName, WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from mnist_ui.session.messages import _fits  # pyright: ignore[reportPrivateUsage]


def _is_believed(
    expected: ValueFieldName,
    options: list[str] | None = None,
    deserializer: Callable[[Any], Any] = lambda value: value,
    **said: Any,
) -> bool:
    states = WStates()
    metadata = WidgetMetadata[Any](
        id="a",
        deserializer=deserializer,
        serializer=lambda value: value,
        value_type=expected,
        formatted_options=options,
    )
    states.set_widget_metadata(metadata)
    states.set_widget_from_proto(WidgetState(id="a", **said))
    return _fits(states, "a")


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        # Read off the wire: a field of whole numbers expects the one and sends the other.
        ("double_value", {"int_value": 100}),
        ("double_value", {"double_value": 0.01}),
        ("int_value", {"double_value": 100.0}),
        ("string_value", {"string_value": "my run"}),
        ("json_value", {"json_value": '{"drawing": null}'}),
        ("bool_value", {"bool_value": False}),
        ("trigger_value", {"trigger_value": True}),
        ("string_value", {}),
    ],
)
def test_what_a_widget_says_is_believed(expected: ValueFieldName, said: dict[str, Any]) -> None:
    assert _is_believed(expected, **said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("double_value", {"string_value": "100"}),
        ("string_value", {"double_value": 1.0}),
        ("json_value", {"json_value": '"text"'}),
        ("trigger_value", {"int_value": 1}),
    ],
)
def test_what_no_widget_says_is_not(expected: ValueFieldName, said: dict[str, Any]) -> None:
    assert not _is_believed(expected, **said)


def test_a_choice_is_one_of_the_options_where_these_are_fixed() -> None:
    assert _is_believed("string_value", ["a", "b"], string_value="b")
    assert not _is_believed("string_value", ["a", "b"], string_value="c")
    assert _is_believed("string_value", None, string_value="8c5 max")


def test_of_several_options_none_can_be_chosen_but_of_one_it_cannot() -> None:
    none = {"string_array_value": StringArray(data=[])}
    some = {"string_array_value": StringArray(data=["a", "b"])}
    other = {"string_array_value": StringArray(data=["a", "c"])}

    def of_one(value: list[str] | None) -> str | None:
        return value[0] if value else None

    for said, is_believed in ((none, True), (some, True), (other, False)):
        assert _is_believed("string_array_value", ["a", "b"], list, **said) == is_believed
    assert not _is_believed("string_array_value", ["a", "b"], of_one, **none)
