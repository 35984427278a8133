"""What cannot be read is said in place of it, on whatever page it is missing from."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from mnist_ui.wording import unformatted

_MOST_TOLD: Final = 3


def tell_problems(problems: Sequence[str]) -> None:
    """Say why some things are not shown, if there are any: which file is bad, and what to do."""
    for problem in problems[:_MOST_TOLD]:
        st.warning(unformatted(problem), icon=":material/link_off:")
    if (num_more := len(problems) - _MOST_TOLD) > 0:
        st.caption(f"And {num_more:,} more files that cannot be read.")
