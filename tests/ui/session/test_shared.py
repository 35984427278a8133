from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from mnist_ui.session.shared import Shared, shared


@pytest.mark.usefixtures("own_app")
def test_clearing_streamlits_caches_makes_no_second_launcher() -> None:
    before = shared()
    st.cache_resource.clear()  # what any browser can ask for
    assert shared() is before


def test_visitors_who_come_at_once_share_one(own_app: Shared) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: shared(), range(16)))
    assert set(map(id, found)) == {id(own_app)}
