"""Explain: why the network gave its answer, and what would change it."""

from mnist_ui.session.shared import best_for_drawings
from mnist_ui.widgets.network_choice import choose_network
from mnist_ui.widgets.page_head import open_page, wait_for_torch

app = open_page(
    "explain",
    "Why this answer?",
    "What in the image spoke for a digit, what would change the answer, and what each layer sees.",
)
network = choose_network("Network", best_for_drawings())
wait_for_torch(app)

from mnist_ui.pages.explain.answer import explain

if network is not None:
    explain(app, network)
