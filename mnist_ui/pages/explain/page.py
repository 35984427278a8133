"""Explain: why the network gave its answer, and what would change it."""

from mnist_core.runs.catalogue import network_for_drawings
from mnist_ui.widgets.network_choice import choose_network
from mnist_ui.widgets.page_head import open_page, wait_for_torch

app = open_page(
    "explain",
    "Why this answer?",
    "What in the image spoke for a digit, what would change the answer, and what each layer sees.",
)
network = choose_network("Network", network_for_drawings("seed"))
wait_for_torch(app)

from mnist_ui.pages.explain.answer import explain

if network is not None:
    explain(app, network)
