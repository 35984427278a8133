"""The probe as the network read it before its first step, beside how it reads it now."""

from collections.abc import Sequence

import streamlit as st

from mnist_core.images import as_image, data_address
from mnist_core.runs.history import History
from mnist_core.runs.run import Run
from mnist_ui.session.shared import Shared
from mnist_ui.wording import certainty, format_probability


def show_before_and_after(app: Shared, run: Run, history: History) -> None:
    """Show both answers to the probe; nothing for a run that began from a trained network."""
    if run.probe is None or run.kind == "fine_tuning":
        return
    before = app.networks.before_training(run.config, run.probe) if app.is_ready else None
    told = [epoch for epoch in history.epochs if epoch.probe]
    after = told[-1].probe if told else None
    title = f"Now, after epoch {told[-1].epoch}" if told else "Now: its first epoch is not over"
    st.html(
        '<div class="before-after"><figure>'
        f'<img src="{data_address(as_image(run.probe))}" alt="the probe, 28 by 28 pixels">'
        "<figcaption>the probe</figcaption></figure>"
        f"{_answer('The same network, never trained', before)}{_answer(title, after)}</div>"
    )


def _answer(title: str, probabilities: Sequence[float] | None) -> str:
    """Return one answer: the digit, how sure, and ten small bars; empty for None."""
    values = probabilities or [0.0] * 10
    best = max(range(10), key=lambda digit: values[digit]) if probabilities else None
    words = certainty(values) if probabilities else "…"
    told = ", ".join(f"{digit}: {format_probability(p)}" for digit, p in enumerate(values))
    bars = "".join(
        f'<span{" class=best" if digit == best else ""}><i style="--share:{value:.4f}"></i>{digit}'
        "</span>"
        for digit, value in enumerate(values)
    )
    return (
        f"<section><h4>{title}</h4><p><b>{'?' if best is None else best}</b> {words}</p>"
        f'<div role="img" aria-label="{told}">{bars}</div></section>'
    )
