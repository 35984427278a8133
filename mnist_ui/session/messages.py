"""What browsers say of their widgets, believed only where a widget could have said it.

Streamlit reads a widget's value as it comes: one of another kind, or JSON that cannot be read,
raises in the middle of a page, fills the log, and takes down that tab for good, as the browser
says it again with every message. No browser of ours sends such a thing, but anybody can.
"""

import logging
from functools import wraps
from typing import Any, Final

from streamlit.runtime.state.common import unpack_widget_state_value
from streamlit.runtime.state.session_state import Serialized, Value, WStates

_ALIKE: Final = (
    {"double_value", "int_value"},  # a field of whole numbers expects the one and sends the other
    {"double_array_value", "int_array_value"},
    {"bool_value", "trigger_value"},
)

_MARK: Final = "believes_only_what_fits"

_log: Final = logging.getLogger(__name__)


def believe_only_what_fits() -> None:
    """From now on, let a widget of any visitor stand as if untouched where what came is nonsense.

    Changes how Streamlit reads widgets, in the one place where it does: there is no setting for it.
    """
    read = WStates.__getitem__
    if hasattr(read, _MARK):
        return

    @wraps(read)
    def read_what_fits(self: WStates, k: str) -> Any:
        try:
            if _fits(self, k):
                return read(self, k)
        except KeyError:
            if k not in self.states:
                raise
        except Exception as error:  # whatever was made up
            _log.info("A widget's value cannot be read: %s", type(error).__name__)
        untouched = self.widget_metadata[k].deserializer(None)
        if untouched is None:  # it has no value of its own: what it had before is asked for next
            raise KeyError(k)
        self.states[k] = Value(untouched)
        return untouched

    setattr(read_what_fits, _MARK, True)
    WStates.__getitem__ = read_what_fits


def _fits(states: WStates, widget: str) -> bool:
    """Whether what came is of the widget's kind and among its options, as far as these are known.

    Where one chooses one of several options here, one has to: that none is chosen is nonsense, too.
    Where several can be chosen, none can.
    """
    state, metadata = states.states.get(widget), states.widget_metadata.get(widget)
    if not isinstance(state, Serialized) or metadata is None:
        return True
    kind = state.value.WhichOneof("value")
    if kind is None:
        return True
    expected = {kind, metadata.value_type}
    if len(expected) > 1 and not any(expected <= alike for alike in _ALIKE):
        return False
    told = unpack_widget_state_value(state.value)
    if kind == "json_value":  # a component's, by the names of its values
        return isinstance(told, dict)
    if metadata.formatted_options is None:
        return True
    chosen = [told] if isinstance(told, str) else list(told)
    if not chosen:
        return metadata.deserializer(told) == []
    return all(one in metadata.formatted_options for one in chosen)
