"""Export and import: downloads of a network and of its run, and the way in for a given file.

Nothing is made before it is asked for. ONNX is made, and a given file is checked, by the command
line in a process of its own: both load much that the app needs for nothing else, and what comes
from outside stays outside.
"""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.files import PROJECT_DIR, last_changed
from mnist_core.runs.catalogue import delete_imported, imported_dir
from mnist_core.runs.run import Run
from mnist_core.sharing.report import metrics_csv, report_html
from mnist_ui.session.visitors import visitor
from mnist_ui.widgets.network_choice import Network
from mnist_ui.wording import unformatted

_SECONDS: Final = 180
_SECONDS_IN_LINE: Final = 60
_MOST_MEGABYTES: Final = 5
_turn: Final = threading.Lock()
"""Held by the one command that runs: each takes a core and half a gigabyte."""

_MADE: Final = "onnx_made"
_IMPORTED: Final = "imported_network"


@dataclass(frozen=True)
class _Onnx:
    """An ONNX network that was made for this visitor, and the facts that were told of it."""

    network: str
    changed: int
    content: bytes
    facts: dict[str, Any]


def export_import_section(network: Network) -> None:
    """Offer the network's weights, ONNX, its run's metrics and report, and the import of a file."""
    with st.expander("Take it with you", icon=":material/download:"):
        _downloads(network)
        if network.path.parent == imported_dir(visitor()):
            _offer_to_delete(network)
        _import()


def _downloads(network: Network) -> None:
    path, run = network.path, network.run
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Weights",
            data=lambda: _weights(path),
            file_name=f"{network.id}.safetensors",
            mime="application/octet-stream",
            icon=":material/save:",
            on_click="ignore",
            key="export_weights",
            help="A safetensors file with the card inside. Anybody with this app can import it.",
        )
        if run is not None:
            _run_downloads(run)
        _offer_onnx(network)
    _say_how_onnx_went(network)
    st.caption(
        f"The same from a terminal: `python -m mnist_core export {network.id} --format onnx`"
    )


def _weights(path: Path) -> bytes:
    # Here: it loads torch, which the Runs page does without until a file is asked for.
    from mnist_core.sharing.export_network import weights_with_card

    return weights_with_card(path)


def _run_downloads(run: Run) -> None:
    st.download_button(
        "Metrics",
        data=lambda: metrics_csv(run),
        file_name=f"{run.id}.csv",
        mime="text/csv",
        icon=":material/table:",
        on_click="ignore",
        key="export_metrics",
        help="All that the run measured, by step and by epoch, as CSV.",
    )
    st.download_button(
        "Report",
        data=lambda: report_html(run),
        file_name=f"{run.id}.html",
        mime="text/html",
        icon=":material/description:",
        on_click="ignore",
        key="export_report",
        help="One page to keep or print: settings, curves, confusion matrix, mistakes.",
    )


def _offer_onnx(network: Network) -> None:
    made = _made(network)
    if made is not None:
        st.download_button(
            "Save the ONNX file",
            data=made.content,
            file_name=f"{network.id}.onnx",
            mime="application/octet-stream",
            icon=":material/save:",
            on_click="ignore",
            key="export_onnx",
            type="primary",
        )
        return
    is_pressed = st.button(
        "Make ONNX",
        icon=":material/deployed_code:",
        key="make_onnx",
        disabled=not _onnx_is_installed(),
        help="For other programs and languages. It is compared with the original; some 10 s.",
    )
    if is_pressed:
        _make_onnx(network)


def _make_onnx(network: Network) -> None:
    changed = last_changed(network.path)
    try:
        with (
            st.spinner("Making the ONNX network and comparing it with the original…"),
            tempfile.TemporaryDirectory() as folder,
        ):
            file = Path(folder) / "network.onnx"
            facts = _command("export", network.path, "--format", "onnx", "--output", file)
            made = _Onnx(network.id, changed, file.read_bytes(), facts)
    except MnistError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[_MADE] = made
    st.rerun()


def _say_how_onnx_went(network: Network) -> None:
    if not _onnx_is_installed():
        st.caption("ONNX needs three more packages: `pip install -r requirements-onnx.txt`")
    made = _made(network)
    if made is not None:
        st.caption(
            f"The ONNX network gives the same answers: on {made.facts['images_compared']} images"
            " its logits differ from the original’s by at most"
            f" {made.facts['largest_difference_of_logits']:.1e}. Input `images` (B, 1, 28, 28),"
            " float32 from 0 to 1; output `logits` (B, 10)."
        )


def _made(network: Network) -> _Onnx | None:
    made: _Onnx | None = st.session_state.get(_MADE)
    is_current = made and (made.network, made.changed) == (network.id, last_changed(network.path))
    return made if is_current else None


def _onnx_is_installed() -> bool:
    return all(find_spec(package) for package in ("onnx", "onnxscript", "onnxruntime"))


def _offer_to_delete(network: Network) -> None:
    with st.popover("Delete this import", icon=":material/delete:"):
        st.markdown(f"“{unformatted(network.card.name)}” is gone for good then.")
        if st.button("Delete it", key="delete_import", type="primary"):
            delete_imported(network.card.name, visitor())
            st.rerun()


def _import() -> None:
    """Show the way in; an imported network stands in every selector from then on."""
    st.markdown("**Bring one in**")
    if _IMPORTED in st.session_state:
        st.success(st.session_state.pop(_IMPORTED), icon=":material/check:")
    with st.form("import_network", border=False, clear_on_submit=True):
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        given = left.file_uploader(
            "A .safetensors file made with “Weights”",
            type="safetensors",
            max_upload_size=_MOST_MEGABYTES,
            key="import_file",
        )
        name = right.text_input("Its name here", max_chars=40, key="import_name")
        is_pressed = st.form_submit_button("Import", icon=":material/upload:")
    if not is_pressed:
        return
    if given is None:
        st.info("Choose a file first.", icon=":material/info:")
        return
    _import_file(given.getvalue(), name.strip().lower() or Path(given.name).stem.lower())


def _import_file(content: bytes, name: str) -> None:
    try:
        with (
            st.spinner("Checking the file and measuring its network…"),
            tempfile.TemporaryDirectory() as folder,
        ):
            file = Path(folder) / "given.safetensors"
            file.write_bytes(content)
            card = _command("import", file, f"--name={name}", "--owner", visitor())
    except MnistError as error:
        st.error(str(error), icon=":material/error:")
        return
    measured = card["test_accuracy"]
    told = "" if measured is None else f", measured here at {measured:.2f} %"
    st.session_state[_IMPORTED] = (
        f"“{card['name']}” is kept{told}. You find it wherever a network is chosen."
    )
    st.rerun()


def _command(*words: str | Path) -> dict[str, Any]:
    """Run a command of the core; return what it prints, or raise what it says as `MnistError`."""
    command: Sequence[str | Path] = [sys.executable, "-m", "mnist_core", *words, "--json"]
    if not _turn.acquire(timeout=_SECONDS_IN_LINE):
        raise MnistError("Others are exporting or importing just now. Try again in a minute.")
    try:
        done = subprocess.run(
            command, cwd=PROJECT_DIR, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MnistError(
            f"It was not done after {_SECONDS} s, so it was given up. Try again when nothing"
            " trains."
        ) from error
    finally:
        _turn.release()
    if done.returncode == 0:
        return json.loads(done.stdout)
    print(done.stderr, file=sys.stderr)
    if done.returncode == 2:
        raise MnistError(done.stderr.strip().splitlines()[-1])
    raise MnistError("That went wrong in a way nobody foresaw; the app’s log tells more.")
