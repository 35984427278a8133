"""What is taken for no digit, as it was measured; the same for every network."""

import streamlit as st

from mnist_core.doubt.network import Measured, read_measured
from mnist_ui.pages.evaluate.image_sets import Examined


def no_digit(one: Examined) -> None:
    """Show what the doubting network refuses of digits, and accepts of other drawings."""
    del one  # it is about drawings, whichever network reads them
    measured = read_measured()
    st.markdown(
        "A network knows ten digits and sees one in everything. So a second one, of"
        f" {measured.parameters:,} parameters, is asked first whether a drawing is a digit at all;"
        " where it says no, the answer is “not sure”. It is the same for all networks."
    )
    st.html(table_html(measured))
    st.caption(
        "Digits: images and people’s drawings that it did not learn from; the limit was set on"
        " them, so that of either five in a thousand are refused at most. Other drawings: kinds it"
        f" was never shown. Pen strokes of {measured.strokes.writers_trained_on} people went into"
        " it, a few of these into the limit alone; beside them MNIST, and letters, signs, scribbles"
        " and spoilt digits drawn in code."
    )


def table_html(measured: Measured) -> str:
    """Return the shares refused and accepted as a table."""
    rows = [
        *((f"digits, {name}", share) for name, share in measured.digits_refused.items()),
        *((name, 1 - share) for name, share in measured.other_drawings_accepted.items()),
    ]
    body = "".join(
        f"<tr><th>{name}</th><td>{100 * share:.1f} %</td><td>{100 * (1 - share):.1f} %</td></tr>"
        for name, share in rows
    )
    return (
        '<div class="measures"><table><thead><tr><th>drawn</th><th>refused</th><th>accepted</th>'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )
